<?php

declare(strict_types=1);

require __DIR__ . '/../../../bindings/php/autoload.php';

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Support\\')) require __DIR__ . '/support/' . substr($class, 8) . '.php';
});
