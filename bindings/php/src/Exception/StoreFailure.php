<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** The store or a key cannot be used. */
class StoreFailure extends TrunklineException
{
    protected static function usual(): int
    {
        return \Trunkline\Status::STORE_UNAVAILABLE;
    }
}
