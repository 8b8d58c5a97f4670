<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** Key or payment: repeating cannot help. */
class AuthFailure extends ServiceFailure
{
    protected static function usual(): int
    {
        return \Trunkline\Status::UNAUTHORIZED;
    }
}
