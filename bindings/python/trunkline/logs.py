"""Masks log lines where they are finished: in the formatter.

A filter would run before `message % args`, would not see the traceback, and one on the root logger does not see records of
its children at all. The formatter sees the line as it is about to be written.
"""
import functools
import itertools
import json
import logging
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .errors import ClosedError, MaskerError
from .masking import Masker, Zone

__all__ = ["MaskingFormatter", "install"]

_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}
_SHORTEST = 3     # of a value that is looked for in the line: what is shorter stands in every line
_DEEPEST = 8


class MaskingFormatter(logging.Formatter):
    """Wraps a formatter and masks the line it makes: message with its arguments, traceback, extra.

    Values under sensitive keys of `extra` and of arguments that are dicts are also removed where the line shows them
    without their key. It never raises: where formatting or masking fails, the line is a marker with level and logger.
    Threads: any.
    """

    def __init__(self, inner: Optional[logging.Formatter] = None, masker: Optional[Masker] = None,
                 zone: int = Zone.LOG) -> None:
        super().__init__()
        self.inner = inner if inner is not None else logging.Formatter()
        self.masker = masker if masker is not None else Masker()
        self.zone = int(zone)
        self._failures = itertools.count(1)
        self.failures = 0    #: lines in whose place a marker was written

    def format(self, record: logging.LogRecord) -> str:
        try:
            line = self.inner.format(record)
            if not isinstance(line, str):    # nothing else can be looked through for what is known by its key
                return self._marker_line(record, MaskerError.marker)
            for value, mask in self._known_by_key(record):
                line = line.replace(value, mask)
            return self.masker.mask(line, self.zone)
        except MaskerError as e:
            return self._marker_line(record, e.marker)
        except Exception:    # whatever an argument's __str__ raises must not reach who only wanted to log
            return self._marker_line(record, MaskerError.marker)

    def _marker_line(self, record: logging.LogRecord, marker: str) -> str:
        self.failures = next(self._failures)
        try:
            return f"{marker} {logging.getLevelName(int(record.levelno))} {self._masked_name(str(record.name))}"
        except Exception:
            return marker

    def _masked_name(self, name: str) -> str:
        try:
            return self.masker.mask(name, self.zone)
        except ClosedError:
            return _spare().mask(name, self.zone)

    def _known_by_key(self, record: logging.LogRecord) -> List[Tuple[str, str]]:
        """(value, mask) of what is sensitive for its key alone."""
        named: Dict[str, Any] = {k: v for k, v in record.__dict__.items() if k not in _STANDARD}
        arguments = record.args if isinstance(record.args, tuple) else (record.args,)
        tables = [a for a in arguments if isinstance(a, (dict, list, tuple))]
        if not named and not tables:
            return []
        before = _plain([named, tables], _DEEPEST)
        text = json.dumps(before, ensure_ascii=False)
        after = self.masker.mask(text, self.zone)
        if after is text:
            return []
        found = list(_changed(before, json.loads(after)))
        found.sort(key=lambda pair: -len(pair[0]))
        return found


@functools.lru_cache(maxsize=None)
def _spare() -> Masker:
    """For the names of loggers whose masker is closed."""
    return Masker()


def _plain(value: Any, depth: int) -> Any:
    """What JSON can hold of a value."""
    if isinstance(value, (str, int, float)) or value is None:
        return value
    if depth == 0:
        return str(value)
    if isinstance(value, dict):
        return {str(k): _plain(v, depth - 1) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v, depth - 1) for v in value]
    return str(value)


def _changed(before: Any, after: Any) -> Iterator[Tuple[str, str]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for (_, b), (_, a) in zip(before.items(), after.items()):
            yield from _changed(b, a)
    elif isinstance(before, list) and isinstance(after, list):
        for b, a in zip(before, after):
            yield from _changed(b, a)
    elif isinstance(after, str) and before is not None and not isinstance(before, (bool, dict, list)):
        value = str(before)
        if value != after and len(value) >= _SHORTEST:
            for shown in {value, repr(value)[1:-1], json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}:
                yield shown, after


def install(masker: Optional[Masker] = None, logger: Optional[logging.Logger] = None, zone: int = Zone.LOG) -> Masker:
    """Wraps the formatters of all handlers of a logger (the root logger). Handlers added later are not covered."""
    masker = masker if masker is not None else Masker()
    for handler in (logger if logger is not None else logging.getLogger()).handlers:
        if not isinstance(handler.formatter, MaskingFormatter):
            handler.setFormatter(MaskingFormatter(handler.formatter, masker, zone))
    return masker
