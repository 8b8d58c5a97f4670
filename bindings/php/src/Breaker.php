<?php

declare(strict_types=1);

namespace Trunkline;

use FFI\CData;
use Trunkline\Exception\TrunklineException;
use Trunkline\Internal\Handle;
use Trunkline\Internal\Library;
use Trunkline\Internal\Verdict;

/** The circuit breaker of one (service, tenant, endpoint group), shared by all processes. Goes on working after a fork. */
final class Breaker extends Handle
{
    private const FLAGS = ['shadow' => 1, 'striped' => 2, 'no_jitter' => 4, 'no_slow_start' => 8];

    /**
     * @param array<string, int|bool> $options shadow, striped, no_jitter, no_slow_start, and the numbers of
     *        trunkline_breaker_options (window_ms, minimum_calls, failure_permille, ...); empty: an existing breaker keeps
     *        its own, a new one has the defaults
     */
    public static function open(Space $space, string $service, string $tenant, string $group = '', array $options = []): self
    {
        $ffi = Library::ffi();
        $pointer = $space->pointer();
        $o = Library::options('trunkline_breaker_options', $options, self::FLAGS);
        return new self(Library::open('trunkline_breaker', static fn (CData $out, CData $error): int => $ffi->trunkline_breaker_open(
            $pointer, $service, strlen($service), $tenant, strlen($tenant), $group, strlen($group),
            $o === null ? null : \FFI::addr($o), $out, $error)));
    }

    /** The permit of one call, to be reported once; 0: rejected, do not call. */
    public function allow(): int
    {
        return $this->ffi->trunkline_breaker_allow($this->handle ?? $this->closed());
    }

    /**
     * Reports how a call ended. Late, double and forged permits have no effect but a counter.
     *
     * @param int $durationNs how long it took; negative: unknown
     */
    public function report(int $permit, Outcome $outcome, int $durationNs = -1): void
    {
        $this->ffi->trunkline_breaker_report($this->handle ?? $this->closed(), $permit, $outcome->value, $durationNs);
    }

    /** As allow() at a time of the monotonic clock (hrtime) that the caller has at hand, or makes up in tests. */
    public function allowAt(int $nowNs): int
    {
        return $this->ffi->trunkline_breaker_allow_at($this->handle ?? $this->closed(), $nowNs);
    }

    public function reportAt(int $permit, Outcome $outcome, int $durationNs, int $nowNs): void
    {
        $this->ffi->trunkline_breaker_report_at($this->handle ?? $this->closed(), $permit, $outcome->value, $durationNs, $nowNs);
    }

    /**
     * Calls, if the breaker lets, and reports how it ended.
     *
     * @template T
     * @param callable(): T $call
     * @param null|callable(?\Throwable, mixed): Outcome $judge what an end means; without it a TrunklineException tells by
     *        itself, so do the exceptions of PSR-18, Guzzle, Symfony and Laravel for the network and for answers, and of others
     *        a RuntimeException counts as sick and everything else as local (docs/php.md)
     * @return T
     * @throws Exception\CircuitOpen without calling
     */
    public function call(callable $call, ?callable $judge = null): mixed
    {
        $permit = $this->allow();
        if ($permit === 0) throw $this->refusal();
        $begin = hrtime(true);
        $outcome = Outcome::Cancelled;    // stands if neither a result nor a verdict comes
        try {
            $result = $call();
            $outcome = $judge !== null ? $judge(null, $result) : Outcome::Ok;
            return $result;
        } catch (\Throwable $e) {
            $outcome = $judge !== null ? $judge($e, null) : Verdict::of($e);
            throw $e;
        } finally {
            if ($this->handle !== null) $this->report($permit, $outcome, hrtime(true) - $begin);
        }
    }

    private function refusal(): TrunklineException
    {
        $ms = intdiv($this->look()['retry_after_ns'] + 999_999, 1_000_000);
        return TrunklineException::of(Status::CIRCUIT_OPEN, 'the circuit is open; nothing was called', ['retryAfterMs' => $ms]);
    }

    /** An operator's word: rejects everything until reset(). */
    public function forceOpen(): void
    {
        $this->ffi->trunkline_breaker_force_open($this->handle ?? $this->closed());
    }

    /** Admits everything until reset(). */
    public function disable(): void
    {
        $this->ffi->trunkline_breaker_disable($this->handle ?? $this->closed());
    }

    /** Starts anew as closed. */
    public function reset(): void
    {
        $this->ffi->trunkline_breaker_reset($this->handle ?? $this->closed());
    }

    public function state(): Circuit
    {
        return Circuit::from($this->look()['state']);
    }

    /**
     * @return array<string, int> state, retry_after_ns, generation, calls, failures, slow, rejected, late,
     *         would_have_rejected, changes, probes_out, exponent
     */
    public function look(int $nowNs = -1): array
    {
        $handle = $this->handle ?? $this->closed();
        return Library::snapshot('trunkline_breaker_snapshot',
            fn (CData $out): int => $this->ffi->trunkline_breaker_look($handle, $nowNs, $out));
    }

    protected function release(CData $handle): void
    {
        $this->ffi->trunkline_breaker_close($handle);
    }
}
