<?php

declare(strict_types=1);

namespace Trunkline;

/** What the check of a webhook's signature found. */
enum Signature: int
{
    case Ok = 0;
    case Malformed = 1;
    case Expired = 2;
    case InFuture = 3;
    case Mismatch = 4;
    case NoKey = 5;
}
