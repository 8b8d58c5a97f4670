<?php

declare(strict_types=1);

namespace Trunkline;

/** How a guarded call ended; see docs/resilience.md. */
enum Outcome: int
{
    case Ok = 0;
    /** The caller's fault: 400, 404, 409, 412, 413, 422. */
    case Rejected = 1;
    /** 401, 402, 403. */
    case Misconfigured = 2;
    /** 429 for the rate. */
    case Throttled = 3;
    /** 429 that names concurrency. */
    case Saturated = 4;
    /** 5xx, 408. */
    case Sick = 5;
    /** No connection; nothing was sent. */
    case Unreachable = 6;
    /** Sent, and no complete answer. */
    case Unknown = 7;
    /** The caller gave up. */
    case Cancelled = 8;
    /** Never left. */
    case Local = 9;
}
