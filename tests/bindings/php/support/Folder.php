<?php

declare(strict_types=1);

namespace Support;

/** A folder that goes with the process that made it. */
final class Folder
{
    public static function make(): string
    {
        $folder = sys_get_temp_dir() . '/trunkline-php-' . bin2hex(random_bytes(6));
        mkdir($folder, 0700);
        $owner = getmypid();
        register_shutdown_function(static function () use ($folder, $owner): void {
            if (getmypid() === $owner) self::remove($folder);
        });
        return $folder;
    }

    private static function remove(string $path): void
    {
        if (is_dir($path) && !is_link($path)) {
            foreach (array_diff(scandir($path), ['.', '..']) as $name) self::remove("$path/$name");
            rmdir($path);
        } elseif (file_exists($path) || is_link($path)) {
            unlink($path);
        }
    }
}
