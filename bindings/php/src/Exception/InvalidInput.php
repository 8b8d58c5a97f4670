<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** What the caller gave is missing, unknown or malformed; nothing was done. */
class InvalidInput extends TrunklineException
{
    protected static function usual(): int
    {
        return \Trunkline\Status::INVALID_ARGUMENT;
    }
}
