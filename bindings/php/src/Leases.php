<?php

declare(strict_types=1);

namespace Trunkline;

use FFI\CData;
use Trunkline\Exception\InvalidInput;
use Trunkline\Exception\LeaseGone;
use Trunkline\Internal\Handle;
use Trunkline\Internal\Library;

/** The limit of concurrent calls of one workspace. A lease outlives the process that took it. */
final class Leases extends Handle
{
    public static function open(Space $space, string $service, string $tenant): self
    {
        $ffi = Library::ffi();
        $pointer = $space->pointer();
        return new self(Library::open('trunkline_leases', static fn (CData $out, CData $error): int => $ffi->trunkline_leases_open(
            $pointer, $service, strlen($service), $tenant, strlen($tenant), $out, $error)));
    }

    private const LONGEST_MS = 36 * 3600 * 1000;

    /** @param int $limit 0 to 256 @param int $reservedInbound what outbound calls leave to inbound ones */
    public function configure(int $limit, int $reservedInbound = 0): void
    {
        $this->check($this->ffi->trunkline_leases_configure($this->handle ?? $this->closed(),
            Library::unsigned($limit, 'the limit'), Library::unsigned($reservedInbound, 'the reserve')), 'the limit must be from 0 to 256');
    }

    /**
     * Takes a lease for one call. Until sending() the death of this process frees it.
     *
     * @param int $ttlMs when it ends by itself, up to 36 hours
     * @return int the lease; 0: the limit is reached
     * @throws InvalidInput for a time that is none
     */
    public function take(Direction $direction, int $ttlMs): int
    {
        $lease = $this->ffi->trunkline_lease_take($this->handle ?? $this->closed(), $direction->value, $ttlMs);
        if ($lease === 0 && ($ttlMs < 1 || $ttlMs > self::LONGEST_MS)) throw new InvalidInput('the time must be from 1 ms to 36 hours');
        return $lease;
    }

    /** The request is about to leave. @throws LeaseGone then send nothing */
    public function sending(int $lease): void
    {
        $this->check($this->ffi->trunkline_lease_sending($this->handle ?? $this->closed(), $lease));
    }

    /** The service has named the call, in up to 48 bytes. @throws LeaseGone */
    public function bind(int $lease, string $callId): void
    {
        $this->check($this->ffi->trunkline_lease_bind($this->handle ?? $this->closed(), $lease, $callId, strlen($callId)));
    }

    /** @throws LeaseGone */
    public function renew(int $lease, int $ttlMs): void
    {
        $this->check($this->ffi->trunkline_lease_renew($this->handle ?? $this->closed(), $lease, $ttlMs));
    }

    /** @throws LeaseGone */
    public function free(int $lease): void
    {
        $this->check($this->ffi->trunkline_lease_release($this->handle ?? $this->closed(), $lease));
    }

    /** The webhook call_started. False: no lease is known for the call. */
    public function started(string $callId, int $ttlMs): bool
    {
        return $this->known($this->ffi->trunkline_lease_started($this->handle ?? $this->closed(), $callId, strlen($callId), $ttlMs));
    }

    /** The webhook call_ended. False: no lease is known for the call. */
    public function ended(string $callId): bool
    {
        return $this->known($this->ffi->trunkline_lease_ended($this->handle ?? $this->closed(), $callId, strlen($callId)));
    }

    /** @return array<string, int> limit, external, reserved_inbound, taken, sending, bound, in_use */
    public function look(): array
    {
        $handle = $this->handle ?? $this->closed();
        return Library::snapshot('trunkline_leases_snapshot',
            fn (CData $out): int => $this->ffi->trunkline_leases_look($handle, $out));
    }

    private function known(int $status): bool
    {
        if ($status !== Status::LEASE_GONE) $this->check($status);
        return $status === Status::OK;
    }

    private function check(int $status, string $message = ''): void
    {
        if ($status !== Status::OK) throw Library::failed($status, $message);
    }

    protected function release(CData $handle): void
    {
        $this->ffi->trunkline_leases_close($handle);
    }
}
