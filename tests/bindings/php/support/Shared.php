<?php

declare(strict_types=1);

namespace Support;

use Trunkline\Space;

/** A segment of a test's own, removed behind it. */
final class Shared
{
    private static ?string $folder = null;

    /** Files of it, for processes that are not forked from here. */
    public static function folder(): string
    {
        return self::$folder ??= Folder::make();
    }

    public static function space(string $name): Space
    {
        $space = Space::open($name, ['directory' => self::folder()]);
        if (!$space->isShared()) throw new \RuntimeException($space->reason());
        return $space;
    }
}
