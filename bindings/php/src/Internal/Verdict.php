<?php

declare(strict_types=1);

namespace Trunkline\Internal;

use Trunkline\Exception;
use Trunkline\Exception\TrunklineException;
use Trunkline\Outcome;
use Trunkline\Status;

/**
 * What an exception out of a guarded call says of the service. Other packages' exceptions are known by name, none of them is
 * loaded for it.
 *
 * @internal
 */
final class Verdict
{
    /** These bring the answer of a service, if there was one. */
    private const ANSWERED = ['GuzzleHttp\Exception\RequestException', 'Illuminate\Http\Client\RequestException',
        'Symfony\Contracts\HttpClient\Exception\HttpExceptionInterface'];
    private const NETWORK = ['Psr\Http\Client\NetworkExceptionInterface', 'GuzzleHttp\Exception\ConnectException',
        'GuzzleHttp\Exception\RequestException', 'Illuminate\Http\Client\ConnectionException',
        'Symfony\Contracts\HttpClient\Exception\TransportExceptionInterface'];
    private const NOTHING_SENT = '/\bcURL error [567]\b|Could not resolve|Failed to connect|Connection refused/i';

    public static function of(\Throwable $e): Outcome
    {
        if ($e instanceof TrunklineException) return self::ofOurs($e);
        $status = self::is($e, self::ANSWERED) ? self::statusOf($e) : null;
        if ($status !== null) return self::ofStatus($status);
        if (self::is($e, self::NETWORK)) return preg_match(self::NOTHING_SENT, $e->getMessage()) === 1 ? Outcome::Unreachable : Outcome::Unknown;
        // What clients throw that are written by hand, over curl or streams. Everything else is the application's own.
        return $e instanceof \RuntimeException ? Outcome::Sick : Outcome::Local;
    }

    private static function ofOurs(TrunklineException $e): Outcome
    {
        return match (true) {
            $e instanceof Exception\AuthFailure => Outcome::Misconfigured,
            $e instanceof Exception\RateLimited => Outcome::Throttled,
            $e instanceof Exception\CircuitOpen, $e instanceof Exception\InvalidInput => Outcome::Local,
            $e->status() === Status::CANCELED => Outcome::Cancelled,
            in_array($e->status(), [Status::RESOLVE_FAILED, Status::CONNECT_FAILED, Status::TLS_FAILED], true) => Outcome::Unreachable,
            $e instanceof Exception\TransportFailure => Outcome::Unknown,
            $e->status() === Status::SERVER_ERROR => Outcome::Sick,
            $e instanceof Exception\ServiceFailure => Outcome::Rejected,
            default => Outcome::Local,
        };
    }

    private static function ofStatus(int $status): Outcome
    {
        return match (true) {
            $status >= 200 && $status < 400 => Outcome::Ok,
            $status === 429 => Outcome::Throttled,
            in_array($status, [401, 402, 403], true) => Outcome::Misconfigured,
            $status === 408, $status >= 500, $status < 200 => Outcome::Sick,
            default => Outcome::Rejected,
        };
    }

    /** Null: no answer came. */
    private static function statusOf(\Throwable $e): ?int
    {
        $answer = method_exists($e, 'getResponse') ? $e->getResponse() : ($e->response ?? null);
        $name = is_object($answer) && method_exists($answer, 'getStatusCode') ? 'getStatusCode' : 'status';
        return is_object($answer) && is_callable([$answer, $name]) ? (int) $answer->$name() : null;
    }

    /** @param string[] $names */
    private static function is(\Throwable $e, array $names): bool
    {
        foreach ($names as $name) if ($e instanceof $name) return true;
        return false;
    }
}
