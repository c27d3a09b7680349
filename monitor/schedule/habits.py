"""What a feed's rhythm comes to, in numbers that can be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.schedule.rhythms import Intensity, Rhythm, decode, hours, tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What is known of a feed's rhythm: items an hour, for each hour (UTC) of two kinds of day."""

    rate: float
    weekdays: tuple[float, ...]
    weekends: tuple[float, ...]
    rhythm: Rhythm

    @classmethod
    def of(cls, text: str, now: datetime) -> Habit | None:
        """From the text kept of it; None where nothing is known yet."""
        rhythm = decode(text)
        if rhythm is None or not tells(rhythm, hours(now)):
            return None
        expected = Intensity.of(rhythm, hours(now))
        rates = tuple(expected.within(bucket) for bucket in range(48))
        return cls(rate=expected.rate, weekdays=rates[:24], weekends=rates[24:], rhythm=rhythm)
