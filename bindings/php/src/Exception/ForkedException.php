<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** The client was opened before a fork, in another process; open one in this process. */
class ForkedException extends TrunklineException
{
    protected static function usual(): int
    {
        return \Trunkline\Status::FORKED;
    }
}
