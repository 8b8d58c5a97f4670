<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** The lease was released or has expired: send nothing. */
class LeaseGone extends TrunklineException
{
    protected static function usual(): int
    {
        return \Trunkline\Status::LEASE_GONE;
    }
}
