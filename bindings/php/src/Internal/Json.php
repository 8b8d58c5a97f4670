<?php

declare(strict_types=1);

namespace Trunkline\Internal;

use Trunkline\Exception\InvalidInput;
use Trunkline\Status;

/**
 * JSON between PHP and the library. Objects become stdClass, so that {} does not become [].
 *
 * @internal
 */
final class Json
{
    private const OUT = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION;

    public static function text(mixed $value): string
    {
        try {
            return json_encode($value, self::OUT);
        } catch (\JsonException $e) {
            throw new InvalidInput('this cannot be written as JSON: ' . $e->getMessage(), Status::INVALID_JSON, $e);
        }
    }

    public static function object(string $text): \stdClass
    {
        try {
            $value = json_decode($text, false, 512, JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING);
        } catch (\JsonException $e) {
            throw new InvalidInput('this is not JSON: ' . $e->getMessage(), Status::INVALID_JSON, $e);
        }
        return $value instanceof \stdClass ? $value : throw new InvalidInput('this is not a JSON object');
    }

    /** An object for a place where the library expects one: there an empty array is {}. */
    public static function members(array|\stdClass|string $given): string
    {
        if (is_string($given)) {
            self::object($given);
            return $given;
        }
        if (is_array($given) && $given !== [] && array_is_list($given))
            throw new InvalidInput('a list was given in place of members by name');
        return self::text((object) $given);
    }
}
