<?php

declare(strict_types=1);

namespace Trunkline;

use FFI\CData;
use Trunkline\Internal\Handle;
use Trunkline\Internal\Library;

/** The rate limiter of one (service, tenant, endpoint group), shared by all processes. Goes on working after a fork. */
final class Limiter extends Handle
{
    /** What attempt() gives where waiting cannot help: the cost is more than a full burst. */
    public const NEVER = PHP_INT_MIN;

    private const FLAGS = ['shadow' => 1, 'fixed' => 2, 'no_reserves' => 4];

    /**
     * @param array<string, int|float|bool> $options shadow, fixed, no_reserves, rate (a second), burst, floor, ceiling;
     *        empty: an existing limiter keeps its own, a new one has the defaults
     */
    public static function open(Space $space, string $service, string $tenant, string $group = '', array $options = []): self
    {
        $ffi = Library::ffi();
        $pointer = $space->pointer();
        $o = Library::options('trunkline_limiter_options', $options, self::FLAGS);
        return new self(Library::open('trunkline_limiter', static fn (CData $out, CData $error): int => $ffi->trunkline_limiter_open(
            $pointer, $service, strlen($service), $tenant, strlen($tenant), $group, strlen($group),
            $o === null ? null : \FFI::addr($o), $out, $error)));
    }

    /**
     * Takes credit for a request.
     *
     * @return int 0 or more: granted, the generation of the rate, for throttled(). Less than 0: not now; asking earlier than
     *         in -x ns is in vain. NEVER: never.
     */
    public function attempt(int $cost = 1, Priority $priority = Priority::Admin): int
    {
        if ($cost !== 1) Library::unsigned($cost, 'the cost');
        return $this->ffi->trunkline_limiter_try($this->handle ?? $this->closed(), $cost, $priority->value);
    }

    /** As attempt() at a time of the monotonic clock (hrtime). */
    public function attemptAt(int $nowNs, int $cost = 1, Priority $priority = Priority::Admin): int
    {
        Library::unsigned($cost, 'the cost');
        return $this->ffi->trunkline_limiter_try_at($this->handle ?? $this->closed(), $cost, $priority->value, $nowNs);
    }

    public function allows(int $cost = 1, Priority $priority = Priority::Admin): bool
    {
        return $this->attempt($cost, $priority) >= 0;
    }

    /** Gives back what a request took that did not leave. */
    public function refund(int $cost = 1): void
    {
        $this->ffi->trunkline_limiter_refund($this->handle ?? $this->closed(), Library::unsigned($cost, 'the cost'));
    }

    /**
     * The service refused a request for its rate.
     *
     * @param int $generation what attempt() gave
     * @param int $retryAfterNs as it asked; negative: it did not
     */
    public function throttled(int $generation, int $retryAfterNs = -1, int $nowNs = -1): void
    {
        $this->ffi->trunkline_limiter_throttled($this->handle ?? $this->closed(), $generation, $retryAfterNs, $nowNs);
    }

    /** The service took a request. Limit and remaining of its rate headers, negative if there are none. */
    public function accepted(float $limit = -1, float $remaining = -1, int $resetNs = -1, int $nowNs = -1): void
    {
        $this->ffi->trunkline_limiter_accepted($this->handle ?? $this->closed(), $limit, $remaining, $resetNs, $nowNs);
    }

    /**
     * @return array<string, int|float> burst, rate, credit, penalty_left_ns, denied, throttled, decreases, penalties_cut,
     *         would_have_denied, generation
     */
    public function look(int $nowNs = -1): array
    {
        $handle = $this->handle ?? $this->closed();
        return Library::snapshot('trunkline_limiter_snapshot',
            fn (CData $out): int => $this->ffi->trunkline_limiter_look($handle, $nowNs, $out));
    }

    protected function release(CData $handle): void
    {
        $this->ffi->trunkline_limiter_close($handle);
    }
}
