<?php

declare(strict_types=1);

namespace Trunkline\Exception;

use Trunkline\Internal\Library;
use Trunkline\Status;

/** Every failure of Trunkline. The code is one of Trunkline\Status; the message never holds a secret. */
class TrunklineException extends \RuntimeException
{
    private const RETRYABLE = 1;
    private const AMBIGUOUS = 2;
    private const AUTH = 4;
    private const TRANSPORT = 8;
    private const NOT_FOUND = 16;

    /** @var array<string, int|string> */
    private array $details = [];

    final public function __construct(string $message, int $status = 0, ?\Throwable $previous = null)
    {
        parent::__construct($message, $status !== 0 ? $status : static::usual(), $previous);
    }

    /** The status of one that is thrown by this package itself. */
    protected static function usual(): int
    {
        return Status::INTERNAL;
    }

    /** @internal */
    public static function of(int $status, string $message, array $details = []): self
    {
        if ($message === '') $message = str_replace('_', ' ', Library::statusName($status)) ?: "status $status";
        $class = self::classOf($status);
        $e = new $class($message, $status);
        $e->details = $details;
        return $e;
    }

    /** @return class-string<self> */
    private static function classOf(int $status): string
    {
        return match (true) {
            $status === Status::OUTCOME_UNKNOWN => OutcomeUnknown::class,
            $status === Status::UNAUTHORIZED, $status === Status::PAYMENT_REQUIRED, $status === Status::FORBIDDEN => AuthFailure::class,
            $status === Status::NOT_FOUND => NotFound::class,
            $status === Status::RATE_LIMITED => RateLimited::class,
            $status === Status::CIRCUIT_OPEN => CircuitOpen::class,
            $status === Status::STALE_PLAN => StalePlan::class,
            $status === Status::MERGE_CONFLICT => MergeConflict::class,
            $status === Status::PARTIAL => PartialRelease::class,
            $status === Status::FORKED => ForkedException::class,
            $status === Status::CLOSING => ClosedException::class,
            $status === Status::MASKER_LIMIT, $status === Status::MASKER_INTERNAL => MaskerFailure::class,
            $status === Status::LEASE_GONE => LeaseGone::class,
            $status <= -1 && $status > -20 => InvalidInput::class,
            $status <= -20 && $status > -40 => TransportFailure::class,
            $status <= -40 && $status > -70 => ServiceFailure::class,
            $status <= -70 && $status > -90 => StoreFailure::class,
            $status <= -90 && $status > -120 => SyncFailure::class,
            default => InternalFailure::class,
        };
    }

    public function status(): int
    {
        return $this->getCode();
    }

    /** The stable name of the status, for example "outcome_unknown". */
    public function statusName(): string
    {
        return $this instanceof LibraryNotFound ? 'library_not_found' : Library::statusName($this->getCode());
    }

    /** Repeating later may succeed. */
    public function isRetryable(): bool
    {
        return $this->has(self::RETRYABLE);
    }

    /** The service may or may not have acted. */
    public function isAmbiguous(): bool
    {
        return $this->has(self::AMBIGUOUS);
    }

    /** Key or payment: repeating cannot help. */
    public function isAuth(): bool
    {
        return $this->has(self::AUTH);
    }

    /** No complete answer was received. */
    public function isTransport(): bool
    {
        return $this->has(self::TRANSPORT);
    }

    public function isNotFound(): bool
    {
        return $this->has(self::NOT_FOUND);
    }

    private function has(int $condition): bool
    {
        return (((int) ($this->details['conditions'] ?? 0)) & $condition) !== 0;
    }

    /** The operation of the API, for example "get-agent"; "" for local work. */
    public function operation(): string
    {
        return (string) ($this->details['operation'] ?? '');
    }

    public function requestId(): string
    {
        return (string) ($this->details['requestId'] ?? '');
    }

    /** 0 if no answer arrived. */
    public function httpStatus(): int
    {
        return (int) ($this->details['httpStatus'] ?? 0);
    }

    /** How long the service asked to wait; null if it did not. */
    public function retryAfterMs(): ?int
    {
        $ms = (int) ($this->details['retryAfterMs'] ?? -1);
        return $ms < 0 ? null : $ms;
    }

    /** What was done all the same (conflicts, a partial release); null if there is nothing. */
    public function document(): ?\stdClass
    {
        $text = $this->documentText();
        return $text === '' ? null : \Trunkline\Internal\Json::object($text);
    }

    public function documentText(): string
    {
        return (string) ($this->details['document'] ?? '');
    }
}
