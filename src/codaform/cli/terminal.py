"""What may be written to a terminal: colours where they are wanted, and text from docs only as text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

import click
