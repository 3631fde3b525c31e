"""ID and phone numbers as lists show them, and the check digit of a Chinese ID number (GB 11643)."""

from __future__ import annotations

import re
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"


def masked(value: str, head: int, tail: int) -> str:
    """The first `head` and last `tail` characters; a value too short to hide anything is hidden whole."""
    if len(value) <= head + tail:
        return "*" * len(value)
    return value[:head] + "*" * (len(value) - head - tail) + value[len(value) - tail:]


def mask_id(number: str) -> str:
    return masked(number, 4, 2)


def mask_phone(number: str) -> str:
    return masked(number, 3, 2)


def id_fault(number: str) -> str:
    """Why an 18-character resident ID number cannot be right, in Chinese; empty if it can."""
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return "居民身份证号码应为 18 位，前 17 位为数字，末位为数字或大写 X"
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "居民身份证号码第 7 至 14 位不是一个日期"
    if check_digit(number[:17]) != number[17]:
        return "居民身份证号码末位校验码不符，请核对是否录错"
    return ""


def check_digit(first: str) -> str:
    """The 18th character for the first 17 digits."""
    return CHECK[sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True)) % 11]


ID_WITHIN = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
PHONE_WITHIN = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def mask_within(text: str) -> str:
    """A text with the ID numbers and mobile phone numbers that stand in it masked."""
    return PHONE_WITHIN.sub(lambda found: mask_phone(found[0]), ID_WITHIN.sub(lambda found: mask_id(found[0]), text))
