<?php

// Composer's autoloader where there is one, else Debian's packages and the binding beside this example.
if (is_file(__DIR__ . '/../vendor/autoload.php')) {
    require __DIR__ . '/../vendor/autoload.php';
} else {
    require '/usr/share/php/Illuminate/autoload.php';
    require __DIR__ . '/../../../bindings/php/autoload.php';
}

$storage = getenv('APP_STORAGE', true) ?: dirname(__DIR__) . '/storage';
foreach (['logs', 'framework/cache', 'bootstrap'] as $folder)
    if (!is_dir("$storage/$folder")) mkdir("$storage/$folder", 0700, true);
foreach (['SERVICES', 'PACKAGES', 'CONFIG', 'ROUTES', 'EVENTS'] as $cache)
    if (!isset($_ENV["APP_{$cache}_CACHE"])) $_ENV["APP_{$cache}_CACHE"] = $_SERVER["APP_{$cache}_CACHE"] = "$storage/bootstrap/" . strtolower($cache) . '.php';

$app = new Illuminate\Foundation\Application(dirname(__DIR__));
$app->useStoragePath($storage);
$app->singleton(Illuminate\Contracts\Http\Kernel::class, Illuminate\Foundation\Http\Kernel::class);
$app->singleton(Illuminate\Contracts\Console\Kernel::class, Illuminate\Foundation\Console\Kernel::class);
$app->singleton(Illuminate\Contracts\Debug\ExceptionHandler::class, Illuminate\Foundation\Exceptions\Handler::class);
return $app;
