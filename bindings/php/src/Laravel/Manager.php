<?php

declare(strict_types=1);

namespace Trunkline\Laravel;

use Trunkline\Breaker;
use Trunkline\Cache;
use Trunkline\Client;
use Trunkline\Exception\InvalidInput;
use Trunkline\Leases;
use Trunkline\Limiter;
use Trunkline\Masker;
use Trunkline\Signature;
use Trunkline\Space;
use Trunkline\Sync;
use Trunkline\Webhook;

/** What config/trunkline.php describes, each opened when it is first asked for and then kept. */
final class Manager
{
    private const SERVICE = 'retell';

    private ?Space $space = null;
    private ?Masker $masker = null;
    private ?Client $client = null;
    private int $clientOf = 0;
    private ?Cache $cache = null;
    private ?Leases $leases = null;
    /** @var array<string, Breaker> */
    private array $breakers = [];
    /** @var array<string, Limiter> */
    private array $limiters = [];

    /** @param array<string, mixed> $config */
    public function __construct(private readonly array $config)
    {
    }

    public function tenant(): string
    {
        return (string) $this->config['tenant'];
    }

    public function space(): Space
    {
        return $this->space ??= Space::open((string) $this->config['space']['name'], $this->config['space']['options'] ?? []);
    }

    public function breaker(string $group = '', ?string $tenant = null): Breaker
    {
        $tenant ??= $this->tenant();
        return $this->breakers["$tenant\0$group"] ??= $this->space()->breaker(self::SERVICE, $tenant, $group, $this->of('breakers', $group));
    }

    public function limiter(string $group = '', ?string $tenant = null): Limiter
    {
        $tenant ??= $this->tenant();
        return $this->limiters["$tenant\0$group"] ??= $this->space()->limiter(self::SERVICE, $tenant, $group, $this->of('limiters', $group));
    }

    public function leases(): Leases
    {
        return $this->leases ??= $this->space()->leases(self::SERVICE, $this->tenant());
    }

    public function masker(): Masker
    {
        return $this->masker ??= Masker::open($this->config['mask'] ?? []);
    }

    /** The account. A queue worker that was forked from one that used it gets one of its own. */
    public function client(): Client
    {
        if ($this->client === null || $this->clientOf !== getmypid()) {
            $this->client = Client::open(['tenant' => $this->tenant()] + $this->config['client']);
            $this->clientOf = getmypid();
        }
        return $this->client;
    }

    public function sync(?string $folder = null): Sync
    {
        return $this->client()->sync($folder ?? (string) $this->config['folder']);
    }

    public function cache(): Cache
    {
        return $this->cache ??= Cache::open($this->tenant(), 'laravel');
    }

    public function verify(string $body, string $header): Signature
    {
        return Webhook::verify($body, $header, $this->webhookKeys(), -1, (int) ($this->config['webhook']['tolerance_ms'] ?? -1));
    }

    /** @return list<string> */
    private function webhookKeys(): array
    {
        $keys = [];
        // The environment of the process; what a web server passes with a request is not asked.
        foreach ($this->config['webhook']['key_variables'] ?? [] as $name) $keys[] = (string) getenv($name, true);
        foreach ($this->config['webhook']['key_files'] ?? [] as $file) {
            $text = @file_get_contents($file);
            if ($text === false) throw new InvalidInput("cannot read the key file $file");
            $keys[] = trim($text);
        }
        return array_values(array_filter($keys, static fn (string $key): bool => $key !== ''));
    }

    public function letsPassWithoutLibrary(): bool
    {
        return ($this->config['limit_failure'] ?? 'open') === 'open';
    }

    private function of(string $kind, string $group): array
    {
        return $this->config[$kind][$group] ?? $this->config[$kind]['default'] ?? [];
    }
}
