<?php

declare(strict_types=1);

namespace Trunkline\Exception;

/** A key, or a time to live, that a cache of PSR-16 does not take. */
class CacheKeyInvalid extends InvalidInput implements \Psr\SimpleCache\InvalidArgumentException
{
}
