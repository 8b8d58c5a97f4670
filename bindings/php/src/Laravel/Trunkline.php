<?php

declare(strict_types=1);

namespace Trunkline\Laravel;

use Illuminate\Support\Facades\Facade;

/**
 * @method static string tenant()
 * @method static \Trunkline\Space space()
 * @method static \Trunkline\Breaker breaker(string $group = '', ?string $tenant = null)
 * @method static \Trunkline\Limiter limiter(string $group = '', ?string $tenant = null)
 * @method static \Trunkline\Leases leases()
 * @method static \Trunkline\Masker masker()
 * @method static \Trunkline\Client client()
 * @method static \Trunkline\Sync sync(?string $folder = null)
 * @method static \Trunkline\Cache cache()
 * @method static \Trunkline\Signature verify(string $body, string $header)
 * @see Manager
 */
final class Trunkline extends Facade
{
    protected static function getFacadeAccessor(): string
    {
        return Manager::class;
    }
}
