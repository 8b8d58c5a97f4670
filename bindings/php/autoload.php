<?php
// For hosts without Composer; the same rule as in composer.json.

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    if (!str_starts_with($class, 'Trunkline\\')) return;
    $file = __DIR__ . '/src/' . strtr(substr($class, 10), '\\', '/') . '.php';
    if (is_file($file)) require $file;
});
