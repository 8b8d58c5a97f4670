<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** No complete answer was received. */
class TransportFailure extends TrunklineException
{
    protected static function usual(): int
    {
        return \Trunkline\Status::CONNECTION_LOST;
    }
}
