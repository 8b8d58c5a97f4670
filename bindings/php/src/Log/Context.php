<?php

declare(strict_types=1);

namespace Trunkline\Log;

use Trunkline\Exception\MaskerFailure;
use Trunkline\Masker;
use Trunkline\Zone;

/**
 * The context of a log record as plain data, and which texts of it must not be seen.
 *
 * A value under a sensitive key is masked where it stands beside its key; the same value also stands in the message it
 * was interpolated into, without the key.
 *
 * @internal
 */
final class Context
{
    private const DEPTH = 12;
    private const NODES = 5000;
    /** Shorter texts are in too many places where they mean something else. */
    private const SHORTEST = 4;

    private int $nodes = 0;

    /** Arrays, texts, numbers and null only; whatever an object does when it is asked, nothing is thrown. */
    public static function plain(array $context): array
    {
        return (new self())->ofArray($context, 0);
    }

    private function ofArray(array $values, int $depth): array
    {
        $out = [];
        foreach ($values as $key => $value) {
            if (++$this->nodes > self::NODES) return $out + ['...' => 'and more'];
            $out[$key] = $this->of($value, $depth + 1);
        }
        return $out;
    }

    private function of(mixed $value, int $depth): mixed
    {
        if (is_scalar($value) || $value === null) return is_float($value) && !is_finite($value) ? (string) $value : $value;
        if ($depth > self::DEPTH) return '...';
        if (is_array($value)) return $this->ofArray($value, $depth);
        if (!is_object($value)) return get_debug_type($value);
        try {
            return match (true) {
                $value instanceof \Throwable, $value instanceof \Stringable => (string) $value,
                $value instanceof \DateTimeInterface => $value->format('c'),
                $value instanceof \BackedEnum => $value->value,
                $value instanceof \UnitEnum => $value->name,
                $value instanceof \JsonSerializable => $this->of($value->jsonSerialize(), $depth + 1),
                default => $this->ofArray(get_object_vars($value), $depth),
            };
        } catch (\Throwable $e) {
            return get_debug_type($value) . ' (' . get_debug_type($e) . ')';
        }
    }

    /**
     * @param array $plain what plain() gave
     * @return array{array, array<string, string>} the same masked; and texts that were masked with what stands for each
     * @throws MaskerFailure nothing of it may be shown
     */
    public static function masked(array $plain, Masker $masker, Zone $zone): array
    {
        if ($plain === []) return [[], []];
        $text = json_encode($plain, JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
        $after = $masker->mask((string) $text, $zone);
        if ($after === $text) return [$plain, []];
        $masked = json_decode($after, true);
        if (!is_array($masked)) throw new MaskerFailure('the context cannot be masked');
        $found = [];
        self::compare(json_decode($text, true), $masked, $found);
        return [$masked, $found];
    }

    private static function compare(mixed $was, mixed $is, array &$found): void
    {
        if (is_array($was)) {
            foreach ($was as $key => $value)
                self::compare($value, is_array($is) ? ($is[$key] ?? Masker::MARKER) : $is, $found);
        } elseif ($was !== $is && (is_string($was) || is_int($was) || is_float($was)) && strlen((string) $was) >= self::SHORTEST) {
            $found[(string) $was] = is_scalar($is) ? (string) $is : Masker::MARKER;
        }
    }

    /** The text without the values found, in each of the spellings that formatters give them. */
    public static function sweep(string $text, array $found): string
    {
        if ($found === []) return $text;
        $pairs = [];
        foreach ($found as $value => $mask) {
            $value = (string) $value;
            if (ctype_digit($value)) {
                // Where it is a number of a JSON text, a text takes its place.
                $text = preg_replace_callback("/(?:(?<lead>[:,\[]\s?)|(?<!\d)(?<!\d\.))$value(?!\d|\.\d)(?<json>(?=[,}\]]))?/",
                    static fn (array $m): string => ($m['lead'] ?? '') . (isset($m['json']) && ($m['lead'] ?? '') !== '' ? "\"$mask\"" : $mask),
                    $text) ?? Masker::MARKER;
                continue;
            }
            $pairs[$value] = $mask;
            foreach ([0, JSON_UNESCAPED_SLASHES, JSON_UNESCAPED_UNICODE, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE] as $flags)
                $pairs[substr((string) json_encode($value, $flags | JSON_INVALID_UTF8_SUBSTITUTE), 1, -1)] = $mask;
            foreach ([ENT_NOQUOTES, ENT_COMPAT, ENT_QUOTES] as $flags) $pairs[htmlspecialchars($value, $flags | ENT_SUBSTITUTE)] = $mask;
            $pairs[addcslashes($value, "'\\")] = $mask;
            // Line formatters put a blank in place of the end of a line.
            $pairs[str_replace(["\r\n", "\r", "\n"], ' ', $value)] = $mask;
        }
        unset($pairs['']);
        return strtr($text, $pairs);
    }
}
