"""DuckDB: the dialect whose notation forms are written in, so most words are its own functions."""

from __future__ import annotations

from codaform.sql.dialects.dialect import Dialect, as_they_are

DUCKDB = Dialect(
    "duckdb",
    "DuckDB",
    words=as_they_are("""
        abs(a) ceil(a) floor(a) trunc(a) sqrt(a) pi() greatest(a, b) least(a, b) isfinite(a)
        exp(a) ln(a) log10(a) log2(a) pow(a, b)
        sin(a) cos(a) tan(a) asin(a) acos(a) atan(a) atan2(a, b)
        sinh(a) cosh(a) tanh(a) asinh(a) acosh(a) atanh(a)
        round(a, b)
        chr(a) unicode(a) length(a) strlen(a) lower(a) upper(a) repeat(a, b) replace(a, b, c) substring(a, b, c)
        lpad(a, b, c) rpad(a, b, c) contains(a, b) starts_with(a, b) suffix(a, b) strpos(a, b) string_split(a, b)
        regexp_matches(a, b) regexp_full_match(a, b)
        year(a) quarter(a) month(a) day(a) dayofyear(a) isodow(a) isoyear(a) weekofyear(a)
        make_date(a, b, c) monthname(a) dayname(a)
        len(a) list_concat(a, b) list_extract(a, b) list_position(a, b) list_reverse(a) list_slice(a, b, c) range(a, b)
    """)
    | {
        "/": "a / b",
        "//": "a // b",
        "%": "a % b",
        "plus": "a + b",
        "minus": "a - b",
        "times": "a * b",
        "divided": "a / b",
        "remainder": "a % b",
        "to_even": "round_even(a, 0)",
        "decimal": "TRY_CAST(TRY_CAST(a AS VARCHAR) AS DECIMAL(38, 22))",
        "number_text": "CAST(a AS VARCHAR)",
        "number_of_text": "TRY_CAST(a AS DOUBLE)",
        "text_order": "a",
        "trim": "trim(a, ' ')",
        "pattern_found": "regexp_matches(a, b)",
        "regexp_replace": "regexp_replace(a, b, c, 'g')",
        "pattern_replaced": "regexp_replace(a, b, c, 'g')",
        "date_of_text": "TRY_CAST(a AS DATE)",
        "days_later": "a + TRY_CAST(b AS INTEGER)",
        "days_between": "b - a",
        "months_later": "TRY_CAST(a + to_months(b) AS DATE)",
        "day_start": "a",
        "month_start": "date_trunc('month', a)",
        "quarter_start": "date_trunc('quarter', a)",
        "year_start": "date_trunc('year', a)",
        "month_end": "last_day(a)",
        "day_of_clock": "TRY_CAST(make_timestamp(a) AS DATE)",
        "clock_of_day": "epoch_us(TRY_CAST(a AS TIMESTAMP))",
        "clock_of_moment": "epoch_us(timezone(b, make_timestamptz(a)))",
        "moment_of_clock": "epoch_us(timezone(b, make_timestamp(a)))",
        "list_last": "list_extract(a, -1)",
        "list_gcd": "abs(list_reduce(a, lambda x, y: CAST(gcd(x, y) AS BIGINT)))",
        "list_lcm": (
            "abs(list_reduce(a, lambda x, y: CASE WHEN x = 0 OR y = 0 THEN 0 "
            "WHEN abs(CAST(x AS DOUBLE) / gcd(x, y) * y) < 9007199254740992 "
            "THEN CAST(x // gcd(x, y) * y AS BIGINT) END))"
        ),
        "regexp_extract_all": "regexp_extract_all(a, b)",
        "pattern_extracted": "regexp_extract_all(a, b)",
        "proper": (
            "array_to_string(list_transform(regexp_extract_all(a, '[A-Za-z0-9][A-Za-z0-9'']*|[^A-Za-z0-9]'), "
            "lambda one: upper(substring(one, 1, 1)) || lower(substring(one, 2, length(one)))), '')"
        ),
    },
    # The time to plan a statement grows with the square of what it reads: 262 columns in one took seven times as long.
    heaviest=80,
    versions="2.0 and 1.5",
)
