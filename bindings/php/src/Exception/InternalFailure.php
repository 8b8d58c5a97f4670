<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** A broken invariant of the library. */
class InternalFailure extends TrunklineException
{
    protected static function usual(): int
    {
        return \Trunkline\Status::INTERNAL;
    }
}
