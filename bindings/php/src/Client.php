<?php

declare(strict_types=1);

namespace Trunkline;

use FFI\CData;
use Trunkline\Exception\InvalidInput;
use Trunkline\Exception\TrunklineException;
use Trunkline\Internal\Handle;
use Trunkline\Internal\Json;
use Trunkline\Internal\Library;

/**
 * An account: store, client of the service, sync engine. One request runs at a time.
 *
 * Not usable in a child after a fork: every function then throws ForkedException, and the child opens one of its own.
 */
final class Client extends Handle
{
    private const DONE = 2;
    /** How long a wait stays inside the library, so that signal handlers get their turn. */
    private const SLICE_MS = 100;

    /** @var list<Event> events of other requests, read while one was waited for */
    private array $kept = [];

    /**
     * @param array<string, mixed>|\stdClass|string $options store, key_file, base_url, api_key, api_key_file, tenant, actor,
     *        shared, ...; empty: everything from the environment. Nothing is opened yet.
     */
    public static function open(#[\SensitiveParameter] array|\stdClass|string $options = []): self
    {
        $ffi = Library::ffi();
        $text = $options === '' || $options === [] ? '' : Json::members($options);
        return new self(Library::open('trunkline_client', static fn (CData $out, CData $error): int =>
            $ffi->trunkline_client_open($text, strlen($text), $out, $error)));
    }

    /**
     * Runs one request and waits for its answer.
     *
     * @param string $op its name; request('requests') lists all with their members
     * @param array<string, mixed>|\stdClass|string $members of the request; a text is JSON and stays as it is
     * @param null|callable(\stdClass): void $progress told how far it is; what it throws cancels the request
     */
    public function request(string $op, array|\stdClass|string $members = [], ?callable $progress = null): \stdClass
    {
        $text = self::requestOf($op, $members);
        return Json::object($progress === null ? $this->requestText($text) : $this->followed($text, $progress));
    }

    /** The same with texts of JSON on both sides: every number keeps its spelling. */
    public function requestText(string $request): string
    {
        $answer = $this->ffi->new('trunkline_buffer*');
        $error = $this->ffi->new('trunkline_error*');
        $status = $this->ffi->trunkline_request($this->handle ?? $this->closed(), $request, strlen($request),
            \FFI::addr($answer), \FFI::addr($error));
        if ($status !== Status::OK) throw Library::taken($error, $status);
        try {
            return $this->ffi->trunkline_buffer_data($answer);
        } finally {
            $this->ffi->trunkline_buffer_free($answer);
        }
    }

    /**
     * One call of the API, guarded as all others. Objects of the answer are stdClass.
     *
     * @param array<string, mixed>|\stdClass|string $arguments path and query parameters by name; "body" or all other members
     *        are the body. An empty object inside is new stdClass; in a text of JSON, {}
     * @return \stdClass body, status, source, age_ms, degraded
     */
    public function call(string $operation, array|\stdClass|string $arguments = [], ?Priority $priority = null): \stdClass
    {
        return Json::object($this->callText($operation, $arguments, $priority));
    }

    /** As call(); the answer is the JSON as it came. */
    public function callText(string $operation, array|\stdClass|string $arguments = [], ?Priority $priority = null): string
    {
        $who = match ($priority) {
            null => '',
            Priority::LiveCall => ',"priority":"live_call"',
            Priority::Booking => ',"priority":"booking"',
            Priority::Admin => ',"priority":"admin"',
            Priority::Background => ',"priority":"background"',
        };
        return $this->requestText('{"op":"call","operation":' . Json::text($operation)
            . ',"arguments":' . Json::members($arguments) . $who . '}');
    }

    public function sync(string $folder): Sync
    {
        return new Sync($this, $folder);
    }

    /** Queues a request; its progress and its answer arrive as events. @return int the number its events carry */
    public function submit(string $op, array|\stdClass|string $members = []): int
    {
        return $this->submitText(self::requestOf($op, $members));
    }

    private function submitText(string $request): int
    {
        $op = $this->ffi->new('uint64_t');
        $error = $this->ffi->new('trunkline_error*');
        $status = $this->ffi->trunkline_queue_submit($this->handle ?? $this->closed(), $request, strlen($request),
            \FFI::addr($op), \FFI::addr($error));
        return $status === Status::OK ? $op->cdata : throw Library::taken($error, $status);
    }

    /** Cancels a queued request, with the guarantees of a crash; its event still arrives. */
    public function cancel(int $op): void
    {
        $this->check($this->ffi->trunkline_queue_cancel($this->handle ?? $this->closed(), $op));
    }

    /** The oldest event; null if none comes in time. @param int $timeoutMs negative: without end */
    public function next(int $timeoutMs = 0): ?Event
    {
        if ($this->kept !== []) return array_shift($this->kept);
        return $this->nextOfQueue($timeoutMs);
    }

    private function nextOfQueue(int $timeoutMs): ?Event
    {
        $end = $timeoutMs < 0 ? PHP_INT_MAX : hrtime(true) + min($timeoutMs, 1_000_000_000_000) * 1_000_000;
        do {
            $left = max(0, intdiv($end - hrtime(true), 1_000_000));
            $there = $this->ffi->trunkline_queue_wait($this->handle ?? $this->closed(), min(self::SLICE_MS, $left));
            if ($there < 0) $this->check($there);
        } while ($there === 0 && hrtime(true) < $end);
        return $there === 1 ? $this->taken() : null;
    }

    private function taken(): ?Event
    {
        $e = $this->ffi->trunkline_queue_next($this->handle ?? $this->closed());
        if ($e === null || \FFI::isNull($e)) return null;
        try {
            $error = $this->ffi->trunkline_event_error($e);
            return new Event(
                $this->ffi->trunkline_event_op($e),
                $this->ffi->trunkline_event_kind($e) === self::DONE,
                $this->ffi->trunkline_event_document($e),
                $error === null || \FFI::isNull($error) ? null : Library::shown($error),
            );
        } finally {
            $this->ffi->trunkline_event_free($e);
        }
    }

    /** Runs a request as a queued one and tells its progress. */
    private function followed(string $request, callable $progress): string
    {
        $op = $this->submitText($request);
        $thrown = null;
        for (;;) {
            try {
                $e = $this->nextOfQueue(-1);
                if ($e === null) continue;
                if ($e->op !== $op) {
                    $this->kept[] = $e;
                    continue;
                }
                if ($e->isDone) break;
                if ($thrown === null) $progress(Json::object($e->text));
            } catch (\Throwable $t) {
                // From the callback, or from a signal handler while waiting. Throws by itself if the client was closed in
                // there or is of another process.
                $this->cancel($op);
                $thrown ??= $t;
            }
        }
        if ($thrown !== null) throw $thrown;
        return $e->error === null ? $e->text : throw $e->error;
    }

    private static function requestOf(string $op, array|\stdClass|string $members): string
    {
        $text = Json::members($members);
        $rest = ltrim(substr(ltrim($text), 1));
        if (property_exists(Json::object($text), 'op')) throw new InvalidInput('the members of a request hold no "op"');
        return '{"op":' . Json::text($op) . ($rest[0] === '}' ? '' : ',') . $rest;
    }

    private function check(int $status): void
    {
        if ($status !== Status::OK) throw Library::failed($status, $status === Status::FORKED
            ? 'the client was opened before fork(), in another process; open one in this process' : '');
    }

    protected function release(CData $handle): void
    {
        $this->kept = [];
        $this->ffi->trunkline_client_close($handle);
    }
}
