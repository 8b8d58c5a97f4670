<?php

declare(strict_types=1);

namespace Trunkline;

use Trunkline\Exception\MergeConflict;
use Trunkline\Exception\PartialRelease;
use Trunkline\Internal\Json;

/**
 * The configuration of an account as files in a folder: brought up, planned, released, taken back. See docs/sync.md.
 *
 * Each function gives the document of the request of its name. `$progress` is told how far it is; what it throws cancels.
 */
final class Sync
{
    public function __construct(private readonly Client $client, private readonly string $folder)
    {
    }

    /**
     * Brings the folder up to the service, merged with edits in the files.
     *
     * @param array{adopt?: string, prefer?: string, dry_run?: bool} $options
     * @throws MergeConflict its document() lists the conflicts; the rest was pulled
     */
    public function pull(array $options = [], ?callable $progress = null): \stdClass
    {
        return $this->client->request('pull', ['dir' => $this->folder] + $options, $progress);
    }

    /**
     * Shows what a release would change; writes nothing. "empty" says whether there is anything to do.
     *
     * @param array{title?: string, allow?: list<string>, prefer?: string} $options
     */
    public function plan(array $options = [], ?callable $progress = null): \stdClass
    {
        return $this->client->request('plan', ['dir' => $this->folder] + $options, $progress);
    }

    /** The plan as it came: what a file should hold, and what apply() takes without changing the spelling of a number. */
    public function planText(array $options = []): string
    {
        return $this->client->requestText(Json::text(['op' => 'plan', 'dir' => $this->folder] + $options));
    }

    /**
     * Releases what the files changed, or exactly what a plan says, after a verified backup; resumes first.
     *
     * @param array{title?: string, allow?: list<string>, prefer?: string, dry_run?: bool} $options
     * @throws PartialRelease|MergeConflict
     */
    public function apply(\stdClass|string|null $plan = null, array $options = [], ?callable $progress = null): \stdClass
    {
        if ($plan === null) return $this->client->request('apply', ['dir' => $this->folder] + $options, $progress);
        $rest = substr(Json::members($options), 1);
        $text = '{"plan":' . Json::members($plan) . ($rest === '}' ? '' : ',') . $rest;
        return $this->client->request('apply', $text, $progress);
    }

    /**
     * Takes a release back: numbers first, then the content.
     *
     * @param ?string $release "r7"; null: the newest that changed something
     * @param array{title?: string, allow?: list<string>, prefer?: string, dry_run?: bool} $options
     */
    public function rollback(?string $release = null, array $options = [], ?callable $progress = null): \stdClass
    {
        return $this->client->request('rollback', ($release === null ? [] : ['release' => $release]) + $options, $progress);
    }

    /** What changed at the service since the last pull or release. */
    public function drift(?callable $progress = null): \stdClass
    {
        return $this->client->request('drift', [], $progress);
    }

    /** Follows a telephone number to agent, version, engine and tools. */
    public function explain(string $number): \stdClass
    {
        return $this->client->request('explain', ['number' => $number]);
    }

    /** The releases, newest first. */
    public function history(): \stdClass
    {
        return $this->client->request('history');
    }

    public function show(string $release, bool $journal = false): \stdClass
    {
        return $this->client->request('show', ['release' => $release, 'journal' => $journal]);
    }

    /** What releases made of the account from one to another, field by field; $to may be the older one. */
    public function diff(string $from, string $to): \stdClass
    {
        return $this->client->request('diff', ['from' => $from, 'to' => $to]);
    }

    /**
     * Checks the folder without store, key or network.
     *
     * @param ?array<string, mixed> $config as trunkline-lint.json; null: what the folder brings along
     */
    public function lint(?array $config = null): \stdClass
    {
        return $this->client->request('lint', ['paths' => [$this->folder]] + ($config === null ? [] : ['config' => $config]));
    }

    /**
     * The account, or the folder as it is, without ids and secrets: what a file should hold and import() takes. Its "asks"
     * lists the secrets an import needs.
     */
    public function exportText(bool $fromFiles = false): string
    {
        return $this->client->requestText(Json::text(['op' => 'export'] + ($fromFiles ? ['dir' => $this->folder] : [])));
    }

    /**
     * Writes an export into the folder, which must be new; apply() then creates what it holds.
     *
     * @param array{secrets?: array<string, string>, renamed?: array<string, array<string, string>>, allow?: list<string>} $options
     */
    public function import(string $export, array $options = []): \stdClass
    {
        $objects = $options;
        foreach (array_diff_key($options, ['allow' => true]) as $name => $option) $objects[$name] = (object) $option; // an empty one is {}
        $rest = substr(Json::members(['dir' => $this->folder] + $objects), 1);
        return $this->client->request('import', '{"export":' . $export . ',' . $rest);
    }

    /** A verified copy of the store. */
    public function backup(string $file): \stdClass
    {
        return $this->client->request('backup', ['file' => $file]);
    }
}
