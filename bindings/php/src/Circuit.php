<?php

declare(strict_types=1);

namespace Trunkline;

/** The state of a breaker. */
enum Circuit: int
{
    case Closed = 0;
    case Open = 1;
    case HalfOpen = 2;
    case ForcedOpen = 3;
    case Disabled = 4;
    case Misconfigured = 5;
}
