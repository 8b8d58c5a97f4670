<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** A release was refused or did not end as planned. */
class SyncFailure extends TrunklineException
{
    protected static function usual(): int
    {
        return \Trunkline\Status::GUARD_REFUSED;
    }
}
