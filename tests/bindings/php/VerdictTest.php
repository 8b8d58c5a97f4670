<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Support\Foreign;
use Trunkline\Circuit;
use Trunkline\Outcome;
use Trunkline\Space;

/** What an exception out of Breaker::call() says of the service. */
final class VerdictTest extends TestCase
{
    /** @return array<string, array{Throwable, Outcome}> */
    public static function ends(): array
    {
        $psr = Foreign::exception('Psr\Http\Client\NetworkExceptionInterface');
        $guzzle = 'GuzzleHttp\Exception\RequestException';
        $symfony = 'Symfony\Contracts\HttpClient\Exception\HttpExceptionInterface';
        $laravel = 'Illuminate\Http\Client\RequestException';
        $timeout = 'cURL error 28: Operation timed out after 5000 milliseconds (see https://curl.haxx.se)';
        return [
            'a type error' => [new TypeError('x'), Outcome::Local],
            'any error' => [new Error('x'), Outcome::Local],
            'a mistake' => [new DomainException('x'), Outcome::Local],
            'a text that is no JSON' => [new JsonException('x'), Outcome::Local],
            'an exception of the application' => [new Exception('x'), Outcome::Local],
            'a client written by hand' => [new RuntimeException('curl: 502'), Outcome::Sick],
            'PSR-18' => [$psr, Outcome::Unknown],
            'Guzzle, no connection' => [Foreign::exception('GuzzleHttp\Exception\ConnectException', 'cURL error 7: Failed to connect'), Outcome::Unreachable],
            'Guzzle, timeout' => [Foreign::exception('GuzzleHttp\Exception\ConnectException', $timeout), Outcome::Unknown],
            'Guzzle, lost' => [Foreign::exception($guzzle, 'cURL error 56: Recv failure'), Outcome::Unknown],
            'Guzzle, 500' => [Foreign::answered($guzzle, 500), Outcome::Sick],
            'Guzzle, 404' => [Foreign::answered($guzzle, 404), Outcome::Rejected],
            'Guzzle, 429' => [Foreign::answered($guzzle, 429), Outcome::Throttled],
            'Symfony, no name' => [Foreign::exception('Symfony\Contracts\HttpClient\Exception\TransportExceptionInterface',
                'Could not resolve host: api.example.com'), Outcome::Unreachable],
            'Symfony, 503' => [Foreign::answered($symfony, 503), Outcome::Sick],
            'Symfony, 401' => [Foreign::answered($symfony, 401), Outcome::Misconfigured],
            'Laravel, timeout' => [Foreign::exception('Illuminate\Http\Client\ConnectionException', $timeout), Outcome::Unknown],
            'Laravel, 502' => [Foreign::answered($laravel, 502), Outcome::Sick],
            'Laravel, 422' => [Foreign::answered($laravel, 422), Outcome::Rejected],
        ];
    }

    /** @dataProvider ends */
    public function testOnlyWhatTheServiceDidIsHeldAgainstIt(Throwable $e, Outcome $expected): void
    {
        $this->assertSame($expected, Trunkline\Internal\Verdict::of($e));
        $b = Space::open('test', ['private' => true])->breaker('s', 't', '', ['minimum_calls' => 3, 'no_jitter' => true]);
        for ($i = 0; $b->state() === Circuit::Closed && $i < 3; ++$i) {
            try {
                $b->call(static fn () => throw $e);
                $this->fail('what is thrown inside comes out');
            } catch (Throwable $out) {
                $this->assertSame($e, $out);
            }
        }
        $this->assertSame(match ($expected) {
            Outcome::Sick, Outcome::Unknown, Outcome::Unreachable => Circuit::Open,
            Outcome::Misconfigured => Circuit::Misconfigured,
            default => Circuit::Closed,
        }, $b->state());
    }
}
