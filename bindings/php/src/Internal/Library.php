<?php

declare(strict_types=1);

namespace Trunkline\Internal;

use FFI;
use FFI\CData;
use Trunkline\Exception\InvalidInput;
use Trunkline\Exception\LibraryNotFound;
use Trunkline\Exception\TrunklineException;
use Trunkline\Status;

/**
 * The shared object, loaded once a process.
 *
 * @internal
 */
final class Library
{
    /** What preload.php calls it, so that a request under FPM finds it without parsing anything. */
    public const SCOPE = 'TRUNKLINE';
    public const NAME = 'libtrunkline.so.0';

    private static ?FFI $ffi = null;
    /** @var \WeakMap<Handle, true>|null */
    private static ?\WeakMap $open = null;

    public static function ffi(): FFI
    {
        return self::$ffi ??= self::load();
    }

    private static function load(): FFI
    {
        if (!extension_loaded('ffi')) throw new LibraryNotFound('the extension ffi is not loaded; it is part of PHP, see docs/php.md');
        try {
            return FFI::scope(self::SCOPE);
        } catch (FFI\Exception) {
            // Not preloaded: loaded here.
        }
        $path = self::path();
        try {
            return FFI::cdef(Declarations::TEXT, $path);
        } catch (FFI\Exception $e) {
            throw new LibraryNotFound(
                "cannot load $path: {$e->getMessage()}; say where it is by the constant or the environment variable TRUNKLINE_LIBRARY",
                previous: $e,
            );
        }
    }

    /**
     * The constant TRUNKLINE_LIBRARY, else the environment of the process (not what a web server passes with a
     * request), else where packages put it, else wherever the dynamic linker looks.
     */
    public static function path(): string
    {
        $named = defined('TRUNKLINE_LIBRARY') ? constant('TRUNKLINE_LIBRARY') : getenv('TRUNKLINE_LIBRARY', true);
        if (is_string($named) && $named !== '') {
            if ($named[0] !== '/') throw new LibraryNotFound('TRUNKLINE_LIBRARY is not an absolute path');
            return $named;
        }
        foreach (['/usr/local/lib/', '/usr/lib/' . php_uname('m') . '-linux-gnu/', '/usr/lib64/', '/usr/lib/'] as $folder)
            if (is_file($folder . self::NAME)) return $folder . self::NAME;
        return self::NAME;
    }

    /** A struct of options, checked: FFI itself would cut numbers and take texts for zeros. */
    public static function options(string $struct, array $given, array $flags = []): ?CData
    {
        if ($given === []) return null;
        $ffi = self::ffi();
        $o = $ffi->new($struct);
        $o->struct_size = FFI::sizeof($o);
        $fields = Declarations::FIELDS[$struct];
        unset($fields['struct_size'], $fields['flags'], $fields['reserved'], $fields['directory_len']);
        foreach ($given as $name => $value) {
            if (isset($flags[$name])) {
                if (!is_bool($value)) throw new InvalidInput("the option $name must be true or false");
                if ($value) $o->flags |= $flags[$name];
            } elseif (isset($fields[$name])) {
                $o->$name = self::number((string) $name, $value, $fields[$name]);
            } else {
                throw new InvalidInput("there is no option \"$name\"; there are: " . implode(', ', array_keys($fields + $flags)));
            }
        }
        return $o;
    }

    private static function number(string $name, mixed $value, string $type): int|float
    {
        if ($type === 'double') {
            if (!is_int($value) && !is_float($value)) throw new InvalidInput("the option $name must be a number");
            return (float) $value;
        }
        if (!is_int($value)) throw new InvalidInput("the option $name must be a whole number");
        [$least, $most] = match ($type) {
            'uint32_t' => [0, 0xffffffff],
            'int32_t' => [-0x80000000, 0x7fffffff],
            'int64_t' => [PHP_INT_MIN, PHP_INT_MAX],
            default => [0, PHP_INT_MAX],
        };
        if ($value < $least || $value > $most) throw new InvalidInput("the option $name must be from $least to $most");
        return $value;
    }

    /** Reads a snapshot. @param \Closure(CData): int $look stores it and gives a status */
    public static function snapshot(string $struct, \Closure $look): array
    {
        $s = self::ffi()->new($struct);
        $s->struct_size = FFI::sizeof($s);
        if (($status = $look(FFI::addr($s))) !== Status::OK) throw self::failed($status, 'nothing can be read');
        $out = [];
        foreach (Declarations::FIELDS[$struct] as $name => $type)
            if ($name !== 'struct_size' && $name !== 'reserved') $out[$name] = $s->$name;
        return $out;
    }

    /** @param \Closure(CData, CData): int $open opens a handle into the first, an error into the second */
    public static function open(string $type, \Closure $open): CData
    {
        $ffi = self::ffi();
        $out = $ffi->new("$type*");
        $error = $ffi->new('trunkline_error*');
        $status = $open(FFI::addr($out), FFI::addr($error));
        if ($status !== Status::OK) throw self::taken($error, $status);
        return $out;
    }

    /** An error that is ours, as an exception; frees it. */
    public static function taken(CData $error, int $status): TrunklineException
    {
        if (FFI::isNull($error)) return self::failed($status, '');
        try {
            return self::shown($error);
        } finally {
            self::ffi()->trunkline_error_free($error);
        }
    }

    /** An error that belongs to something else, as an exception. */
    public static function shown(CData $error): TrunklineException
    {
        $ffi = self::ffi();
        return TrunklineException::of($ffi->trunkline_error_status($error), $ffi->trunkline_error_message($error), [
            'conditions' => $ffi->trunkline_error_conditions($error),
            'operation' => $ffi->trunkline_error_operation($error),
            'requestId' => $ffi->trunkline_error_request_id($error),
            'httpStatus' => $ffi->trunkline_error_http_status($error),
            'retryAfterMs' => $ffi->trunkline_error_retry_after_ms($error),
            'document' => $ffi->trunkline_error_document($error),
        ]);
    }

    /** A bare status as an exception. */
    public static function failed(int $status, string $message): TrunklineException
    {
        return TrunklineException::of($status, $message);
    }

    public static function statusName(int $status): string
    {
        return self::ffi()->trunkline_status_name($status);
    }

    /** @return int for a parameter of 32 bits without a sign; FFI would cut it */
    public static function unsigned(int $value, string $what): int
    {
        if ($value < 0 || $value > 0xffffffff) throw new InvalidInput("$what must be from 0 to 4294967295");
        return $value;
    }

    /**
     * A fatal error (memory, time) ends a request without destructors, and a worker process would keep what was open
     * for ever. Then, and only then, handles are closed as the last thing of the request.
     */
    public static function opened(Handle $handle): void
    {
        if (self::$open === null) {
            self::$open = new \WeakMap();
            register_shutdown_function(self::afterFatal(...));
        }
        self::$open[$handle] = true;
    }

    private static function afterFatal(bool $last = false): void
    {
        $fatal = E_ERROR | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR;
        if (((error_get_last()['type'] ?? 0) & $fatal) === 0) return;
        // Loggers flush in shutdown functions, and may need a masker: after all of them.
        if (!$last) register_shutdown_function(self::afterFatal(...), true);
        else foreach (self::$open as $handle => $_) $handle->close();
    }
}
