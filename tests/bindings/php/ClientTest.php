<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Support\Folder;
use Support\Simulator;
use Trunkline\Client;
use Trunkline\Exception\InvalidInput;
use Trunkline\Exception\NotFound;
use Trunkline\Exception\StoreFailure;
use Trunkline\Exception\TrunklineException;
use Trunkline\Status;

/** The account, against the simulator. */
final class ClientTest extends TestCase
{
    private static Simulator $simulator;

    public static function setUpBeforeClass(): void
    {
        self::$simulator = new Simulator();
    }

    public static function tearDownAfterClass(): void
    {
        self::$simulator->stop();
    }

    private static function client(string $folder): Client
    {
        return Client::open(self::$simulator->options($folder));
    }

    public function testTheMainJob(): void
    {
        $folder = Folder::make();
        $client = self::client($folder);
        $sync = $client->sync("$folder/account");
        try {
            $sync->plan();
            $this->fail('there is no store yet');
        } catch (StoreFailure $e) {
            $this->assertSame(Status::STORE_UNAVAILABLE, $e->status());
        }
        $told = [];
        $pulled = $sync->pull(progress: static function (stdClass $p) use (&$told): void { $told[] = $p; });
        $this->assertGreaterThan(0, $pulled->agents);
        $this->assertNotSame([], $told);
        $this->assertTrue($sync->plan()->empty);

        $prompt = glob("$folder/account/llms/*.prompt.md")[0];
        file_put_contents($prompt, "One line more.\n", FILE_APPEND);
        $this->assertFalse($sync->plan()->empty);
        $text = $sync->planText(['title' => 'from PHP']);
        $this->assertTrue($sync->apply($text, ['dry_run' => true])->dry_run ?? true);
        $this->assertSame([], $sync->history()->releases);
        $this->assertSame('r1', $sync->apply($text)->release);
        $this->assertSame('from PHP', $sync->history()->releases[0]->title);
        $this->assertNotSame([], $sync->show('r1', true)->journal);
        $this->assertSame('r1', $sync->rollback('r1')->reverts);
        $this->assertNotSame([], $sync->diff('r1', 'r2')->resources);
        $this->assertSame(0, $sync->lint()->errors);
        $this->assertIsArray($sync->drift()->findings);
        $this->assertSame("$folder/copy.db", $sync->backup("$folder/copy.db")->backup);
        $this->assertFileExists("$folder/copy.db");
    }

    public function testAnAccountAsOneDocument(): void
    {
        $folder = Folder::make();
        $client = self::client($folder);
        $export = $client->sync("$folder/account")->exportText();
        $asks = json_decode($export)->asks;
        $copy = $client->sync("$folder/copy");
        try {
            $copy->import($export, ['secrets' => []]);
            $this->fail('secrets are not given');
        } catch (InvalidInput $e) {
            $missing = $e->document()->asks; // not those of numbers, which are not imported
            $this->assertSame([], array_diff(array_column($missing, 'name'), array_column($asks, 'name')));
            $this->assertNotSame([], $missing);
        }
        $this->assertDirectoryDoesNotExist("$folder/copy");
        $secrets = [];
        foreach ($asks as $i => $ask) $secrets[$ask->name] = "new secret $i";
        $this->assertGreaterThan(5, $copy->import($export, ['secrets' => $secrets, 'allow' => ['account-not-empty']])->files);
        $again = json_decode($copy->exportText(true));
        $files = array_filter((array) json_decode($export)->export->files,
            static fn (string $name): bool => !str_starts_with($name, 'numbers/'), ARRAY_FILTER_USE_KEY);
        $this->assertEquals($files, (array) $again->export->files);
    }

    public function testOneCallOfTheApi(): void
    {
        $client = self::client(Folder::make());
        $answer = $client->call('list-voices');
        $this->assertSame([200, 'service'], [$answer->status, $answer->source]);
        try {
            $id = $client->call('list-agents')->body->items[0]->agent_id;
            $client->call('get-agent', ['agent_id' => 'agent_' . str_repeat('0', strlen($id) - 6)]);
            $this->fail('there is none');
        } catch (NotFound $e) {
            $this->assertSame(['get-agent', 422, true, false], [$e->operation(), $e->httpStatus(), $e->isNotFound(), $e->isRetryable()]);
            $this->assertNull($e->document());
            $this->assertStringNotContainsString(Simulator::KEY, $e->getMessage() . $e->getTraceAsString());
        }
    }

    public function testEmptyObjectsStayObjects(): void
    {
        $client = self::client(Folder::make());
        $agents = $client->call('list-agents')->body;
        $model = $client->call('get-agent', ['agent_id' => $agents->items[0]->agent_id])->body;
        $made = $client->call('create-agent', ['response_engine' => $model->response_engine, 'voice_id' => $model->voice_id,
            'pronunciation_dictionary' => [], 'post_call_analysis_data' => [], 'handbook_config' => new stdClass()])->body;
        $text = $client->callText('get-agent', '{"agent_id":"' . $made->agent_id . '"}');
        $this->assertStringContainsString('"handbook_config":{}', $text);
        $this->assertStringContainsString('"pronunciation_dictionary":[]', $text);
        $again = $client->call('get-agent', ['agent_id' => $made->agent_id])->body;
        $this->assertEquals(new stdClass(), $again->handbook_config);
        $this->assertSame([], $again->pronunciation_dictionary);
    }

    public function testQueuedRequestsTellTheirEndAndCanBeCancelled(): void
    {
        $folder = Folder::make();
        $client = self::client($folder);
        $first = $client->submit('pull', ['dir' => "$folder/account"]);
        $second = $client->submit('operations', '{ "filter": "get-agent" }');
        $third = $client->submit('drift');
        $client->cancel($third);
        $ended = [];
        $progress = 0;
        while (count($ended) < 3) {
            $e = $client->next(20_000);
            $this->assertNotNull($e, 'an event is missing');
            if ($e->isDone) $ended[$e->op] = $e;
            else ++$progress;
        }
        $this->assertGreaterThan(0, $progress);
        $this->assertGreaterThan(0, $ended[$first]->document()->agents);
        $this->assertSame('get-agent', $ended[$second]->document()->operations[0]->name);
        $this->assertSame(Status::CANCELED, $ended[$third]->error->status());
        $this->assertNull($client->next());
    }

    public function testWhatProgressThrowsCancelsAndComesOut(): void
    {
        $folder = Folder::make();
        $client = self::client($folder);
        $seen = 0;
        try {
            $client->sync("$folder/account")->pull([], static function () use (&$seen): void {
                ++$seen;
                throw new DomainException('enough');
            });
            $this->fail('it was thrown');
        } catch (DomainException $e) {
            $this->assertSame(['enough', 1], [$e->getMessage(), $seen]);
            $this->assertSame([], glob("$folder/account/agents/*"), 'it was cancelled, not waited for');
        }
        $this->assertNotSame('', $client->request('version')->version);
        $this->assertNull($client->next(), 'the cancelled request left no event');
    }

    public function testEventsOfOthersAreKeptWhileOneIsWaitedFor(): void
    {
        $client = self::client(Folder::make());
        $other = $client->submit('version');
        $client->request('operations', ['filter' => 'get-agent'], static fn () => null);
        $this->assertSame($other, $client->next()->op);
    }

    public function testTheKeyIsNotShown(): void
    {
        $client = self::client(Folder::make());
        $shown = print_r($client, true) . var_export((array) $client->__debugInfo(), true);
        try {
            Client::open(['api_key' => Simulator::KEY, 'no_such_option' => 1]);
            $this->fail();
        } catch (TrunklineException $e) {
            $shown .= $e;
        }
        $this->assertStringNotContainsString(Simulator::KEY, $shown);
    }
}
