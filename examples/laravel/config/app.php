<?php

return [
    'name' => 'Trunkline example',
    'env' => env('APP_ENV', 'production'),
    'debug' => (bool) env('APP_DEBUG', false),
    'url' => env('APP_URL', 'http://localhost'),
    'timezone' => 'UTC',
    'locale' => 'en',
    'fallback_locale' => 'en',
    'key' => env('APP_KEY'),
    'cipher' => 'AES-256-CBC',
    'providers' => [
        Illuminate\Cache\CacheServiceProvider::class,
        Illuminate\Filesystem\FilesystemServiceProvider::class,
        Illuminate\View\ViewServiceProvider::class,
        Illuminate\Foundation\Providers\FoundationServiceProvider::class,
        // Composer finds it by itself; Debian's framework does not.
        Trunkline\Laravel\TrunklineServiceProvider::class,
    ],
    'aliases' => ['Trunkline' => Trunkline\Laravel\Trunkline::class],
];
