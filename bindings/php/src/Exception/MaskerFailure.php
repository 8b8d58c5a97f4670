<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** The masker gave up; nothing of the input came out. */
class MaskerFailure extends TrunklineException
{
    protected static function usual(): int
    {
        return \Trunkline\Status::MASKER_INTERNAL;
    }
}
