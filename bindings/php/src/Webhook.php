<?php

declare(strict_types=1);

namespace Trunkline;

use Trunkline\Exception\InvalidInput;
use Trunkline\Internal\Library;

/** Signatures of Retell's webhooks, over the raw bytes of the body, before anything parses them. */
final class Webhook
{
    public const HEADER = 'X-Retell-Signature';

    /**
     * @param string|list<string> $keys every key that is valid now
     * @param int $nowMs unix time; negative: now
     * @param int $toleranceMs both ways; negative: 5 minutes
     */
    public static function verify(
        string $body,
        string $header,
        #[\SensitiveParameter] string|array $keys,
        int $nowMs = -1,
        int $toleranceMs = -1,
    ): Signature {
        $keys = array_values((array) $keys);
        foreach ($keys as $key) if (!is_string($key)) throw new InvalidInput('a key must be a text');
        $ffi = Library::ffi();
        $count = count($keys);
        $bytes = implode('', $keys);
        $length = strlen($bytes);
        $memory = $ffi->new('char[' . max(1, $length) . ']');
        $texts = $ffi->new('trunkline_text[' . max(1, $count) . ']');
        \FFI::memcpy($memory, $bytes, $length);
        $at = 0;
        foreach ($keys as $i => $key) {
            $texts[$i]->data = $ffi->cast('char*', $memory) + $at;
            $texts[$i]->size = strlen($key);
            $at += strlen($key);
        }
        $found = $ffi->trunkline_webhook_verify($body, strlen($body), $header, strlen($header),
            $count === 0 ? null : \FFI::addr($texts[0]), $count, $nowMs, $toleranceMs);
        \FFI::memset($memory, 0, max(1, $length));
        return $found >= 0 ? Signature::from($found) : throw Library::failed($found, '');
    }

    /** The header's value, for tests of receivers. */
    public static function sign(string $body, #[\SensitiveParameter] string $key, int $nowMs = -1): string
    {
        $ffi = Library::ffi();
        $out = $ffi->new('char[128]');
        $n = $ffi->trunkline_webhook_sign($body, strlen($body), $key, strlen($key), $nowMs, $out, 128);
        return $n >= 0 ? \FFI::string($out, $n) : throw Library::failed($n, '');
    }
}
