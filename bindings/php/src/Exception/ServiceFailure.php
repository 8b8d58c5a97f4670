<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** The service answered, and not as asked. */
class ServiceFailure extends TrunklineException
{
    protected static function usual(): int
    {
        return \Trunkline\Status::UNEXPECTED_STATUS;
    }
}
