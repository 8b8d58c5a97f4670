<?php
// Reads one step of scenarios.json a line, writes its result as one line: what the PHP classes make of it.

declare(strict_types=1);

use Trunkline\Breaker;
use Trunkline\Circuit;
use Trunkline\Client;
use Trunkline\Direction;
use Trunkline\Exception\TrunklineException;
use Trunkline\Internal\Handle;
use Trunkline\Leases;
use Trunkline\Limiter;
use Trunkline\Masker;
use Trunkline\MaskStream;
use Trunkline\Outcome;
use Trunkline\Priority;
use Trunkline\Space;
use Trunkline\Webhook;
use Trunkline\Zone;

require __DIR__ . '/../../bindings/php/autoload.php';

final class Host
{
    /** @var array<string, Handle|int|string> */
    private array $things = [];
    private stdClass $step;
    private string $line;

    /** What a line of a case answers; null: nothing. */
    public function run(string $line): ?string
    {
        $this->line = $line;
        $this->step = json_decode($line, false, 512, JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING);
        if ($this->step->do === 'new_case') {
            foreach (array_reverse($this->things) as $thing) if ($thing instanceof Handle) $thing->close();
            $this->things = [];
            return null;
        }
        [$room, $what] = explode('.', $this->step->do . '.');
        try {
            $result = match ($room) {
                'space' => $this->space($what),
                'breaker' => $this->breaker($what),
                'limiter' => $this->limiter($what),
                'leases' => $this->leases($what),
                'mask' => str_starts_with($what, 'stream_') ? $this->stream($what) : $this->mask($what),
                'webhook' => $this->webhook($what),
                'client' => $this->client($what),
                'close' => $this->of('on')->close(),
                default => ['broken_scenario' => 'no such step'],
            };
        } catch (TrunklineException $e) {
            $result = ['error' => $e->statusName()];
        } catch (ValueError) {    // a number that is none of an enum
            $result = ['error' => 'invalid_argument'];
        }
        if ($result instanceof Answer) return '{"answer":' . $result->text . '}';
        return json_encode($result, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION);
    }

    private function keep(Handle|int|string $thing): bool
    {
        if (isset($this->step->as)) $this->things[$this->step->as] = $thing;
        return true;
    }

    private function of(string $member): mixed
    {
        return $this->things[$this->step->$member ?? ''] ?? null;
    }

    private function text(string $member): string
    {
        return $this->step->$member ?? '';
    }

    private function int(string $member, int $otherwise): int
    {
        return $this->step->$member ?? $otherwise;
    }

    /** @template E of BackedEnum @param class-string<E> $enum @return E */
    private function case(string $member, string $enum): BackedEnum
    {
        $value = $this->step->$member ?? throw new ValueError();
        if (is_int($value)) return $enum::from($value);
        foreach ($enum::cases() as $case) if (self::name($case) === $value) return $case;
        throw new ValueError();
    }

    private static function name(UnitEnum $case): string
    {
        return strtolower(preg_replace('/(?<!^)[A-Z]/', '_$0', $case->name));
    }

    /** Options with flags as PHP takes them. Given ones are never an empty array, which would mean none. */
    private static function options(?stdClass $given): array
    {
        if ($given === null) return [];
        $options = ['shadow' => false];
        foreach ($given->flags ?? [] as $flag) $options[$flag] = true;
        foreach ($given as $name => $value) if ($name !== 'flags' && $value !== null) $options[$name] = $value;
        return $options;
    }

    private function space(string $what): mixed
    {
        if ($what !== 'open') return ['shared' => $this->of('on')->isShared()];
        $options = array_fill_keys($this->step->flags ?? [], true);
        foreach (['keys', 'directory'] as $name) if (isset($this->step->$name)) $options[$name] = $this->step->$name;
        return $this->keep(Space::open($this->text('name'), $options));
    }

    private function breaker(string $what): mixed
    {
        if ($what === 'open') return $this->keep(Breaker::open($this->of('space'), $this->text('service'), $this->text('tenant'),
            $this->text('group'), self::options($this->step->options ?? null)));
        /** @var Breaker $b */
        $b = $this->of('on');
        switch ($what) {
            case 'allow':
                $permit = $b->allowAt($this->int('now_ns', 0));
                $this->keep($permit);
                return $permit !== 0;
            case 'look':
                $look = $b->look($this->int('now_ns', -1));
                return ['state' => self::name(Circuit::from($look['state']))] + $look;
            case 'report':
                $b->reportAt(($this->of('permit') ?? 0) ^ $this->int('flip', 0), $this->case('outcome', Outcome::class),
                    $this->int('duration_ns', -1), $this->int('now_ns', 0));
                return null;
            case 'force_open': $b->forceOpen(); return null;
            case 'disable': $b->disable(); return null;
            default: $b->reset(); return null;
        }
    }

    private function limiter(string $what): mixed
    {
        if ($what === 'open') return $this->keep(Limiter::open($this->of('space'), $this->text('service'), $this->text('tenant'),
            $this->text('group'), self::options($this->step->options ?? null)));
        /** @var Limiter $l */
        $l = $this->of('on');
        switch ($what) {
            case 'try':
                $n = $l->attemptAt($this->int('now_ns', 0), $this->int('cost', 1), $this->case('priority', Priority::class));
                if ($n >= 0) {
                    $this->keep($n);
                    return ['granted' => true, 'generation' => $n];
                }
                return ['granted' => false] + ($n === Limiter::NEVER ? ['never' => true] : ['wait_ns' => -$n]);
            case 'look': return $l->look($this->int('now_ns', -1));
            case 'refund': $l->refund($this->int('cost', 1)); return null;
            case 'throttled': $l->throttled($this->of('grant') ?? 0, $this->int('retry_after_ns', -1), $this->int('now_ns', -1)); return null;
            default:
                $l->accepted($this->step->limit ?? -1, $this->step->remaining ?? -1, $this->int('reset_ns', -1), $this->int('now_ns', -1));
                return null;
        }
    }

    private function leases(string $what): mixed
    {
        if ($what === 'open') return $this->keep(Leases::open($this->of('space'), $this->text('service'), $this->text('tenant')));
        /** @var Leases $p */
        $p = $this->of('on');
        $lease = $this->of('lease') ?? 0;
        $ttl = $this->int('ttl_ms', 0);
        $gone = static fn (bool $known): ?array => $known ? null : ['error' => 'lease_gone'];
        switch ($what) {
            case 'configure': $p->configure($this->int('limit', 0), $this->int('reserved_inbound', 0)); return null;
            case 'take':
                $taken = $p->take($this->case('direction', Direction::class), $ttl);
                $this->keep($taken);
                return $taken !== 0;
            case 'sending': $p->sending($lease); return null;
            case 'bind': $p->bind($lease, $this->text('call_id')); return null;
            case 'renew': $p->renew($lease, $ttl); return null;
            case 'release': $p->free($lease); return null;
            case 'started': return $gone($p->started($this->text('call_id'), $ttl));
            case 'ended': return $gone($p->ended($this->text('call_id')));
            default: return $p->look();
        }
    }

    private function mask(string $what): mixed
    {
        if ($what === 'open') return $this->keep(Masker::open($this->raw('policy') ?? $this->text('policy_text')));
        /** @var Masker $m */
        $m = $this->of('on');
        switch ($what) {
            case 'register_secret': $m->registerSecret($this->text('secret')); return null;
            case 'totals': return $m->totals();
            default:
                $failed = $m->totals()['failed'];
                $masked = $m->mask($this->text('text'), $this->case('zone', Zone::class));
                if ($m->totals()['failed'] === $failed) return ['text' => $masked, 'changed' => $masked !== $this->text('text')];
                return ['error' => $masked === '[MASKER_LIMIT]' ? 'masker_limit' : 'masker_internal', 'text' => $masked];
        }
    }

    private function stream(string $what): mixed
    {
        if ($what === 'stream_open') return $this->keep($this->of('on')->stream($this->case('zone', Zone::class)));
        /** @var MaskStream $s */
        $s = $this->of('on');
        if ($what === 'stream_feed') return $s->feed($this->text('text'));
        $out = '';
        if ($what === 'stream_cut') foreach (str_split($this->text('text'), $this->int('bytes', 1)) as $piece) $out .= $s->feed($piece);
        return $out . $s->flush();
    }

    private function webhook(string $what): mixed
    {
        if ($what === 'sign') {
            $header = Webhook::sign($this->text('body'), $this->text('key'), $this->int('now_ms', -1));
            $this->keep($header);
            return $header;
        }
        return self::name(Webhook::verify($this->text('body'), $this->of('signed') ?? $this->text('header'), $this->step->keys ?? [],
            $this->int('now_ms', -1), $this->int('tolerance_ms', -1)));
    }

    private function client(string $what): mixed
    {
        if ($what === 'open') return $this->keep(Client::open($this->raw('options') ?? ''));
        /** @var Client $c */
        $c = $this->of('on');
        $request = $this->raw('request') ?? $this->text('request_text');
        try {
            if ($what === 'request') return new Answer($c->requestText($request));
            $members = json_decode($request, false, 512, JSON_BIGINT_AS_STRING);
            $op = $members->op;
            unset($members->op);
            $number = $c->submit($op, $members);
            while ($e = $c->next(60_000)) {
                if ($e->op !== $number || !$e->isDone) continue;
                return $e->error === null ? new Answer($e->text) : throw $e->error;
            }
            return ['error' => 'no event came'];
        } catch (TrunklineException $e) {
            return ['error' => $e->statusName(), 'operation' => $e->operation(), 'http_status' => $e->httpStatus()]
                + ($e->document() === null ? [] : ['document' => $e->document()]);
        }
    }

    /** The text of a member of the step as it came, or null; PHP would change the spelling of numbers. */
    private function raw(string $member): ?string
    {
        if (!isset($this->step->$member)) return null;
        $json = '(?<v>"(?:[^"\\\\]|\\\\.)*+"|\{(?:(?&v):(?&v),?)*+\}|\[(?:(?&v),?)*+\]|[^\s,\]}\[{":]++)';
        preg_match_all('/(?(DEFINE)' . $json . ')"((?:[^"\\\\]|\\\\.)*+)":((?&v))/', substr(trim($this->line), 1), $m, PREG_SET_ORDER);
        foreach ($m as $pair) if ($pair[2] === $member) return $pair[3];
        throw new LogicException("$member is not found");
    }
}

/** A document that is already text. */
final class Answer
{
    public function __construct(public readonly string $text)
    {
    }
}

ini_set('pcre.jit', '0');
ini_set('pcre.backtrack_limit', '100000000');
$host = new Host();
while (($line = fgets(STDIN)) !== false) {
    $answer = $host->run($line);
    if ($answer !== null) fwrite(STDOUT, $answer . "\n");
}
