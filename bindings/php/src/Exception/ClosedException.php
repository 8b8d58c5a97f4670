<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** Something closed was used, or is being closed. */
class ClosedException extends TrunklineException
{
    protected static function usual(): int
    {
        return \Trunkline\Status::CLOSING;
    }
}
