<?php

declare(strict_types=1);

namespace Trunkline\Laravel;

use Illuminate\Routing\Router;
use Illuminate\Support\ServiceProvider;
use Trunkline\Client;
use Trunkline\Masker;
use Trunkline\Space;

/** For Laravel 8 and newer: bindings, config, artisan commands, and the middleware trunkline.webhook and trunkline.limit. */
final class TrunklineServiceProvider extends ServiceProvider
{
    private const CONFIG = __DIR__ . '/../../config/trunkline.php';

    public function register(): void
    {
        $this->mergeConfigFrom(self::CONFIG, 'trunkline');
        $this->app->singleton(Manager::class, static fn ($app): Manager => new Manager($app['config']['trunkline']));
        $this->app->alias(Manager::class, 'trunkline');
        $this->app->bind(Space::class, static fn ($app): Space => $app[Manager::class]->space());
        $this->app->bind(Masker::class, static fn ($app): Masker => $app[Manager::class]->masker());
        $this->app->bind(Client::class, static fn ($app): Client => $app[Manager::class]->client());
    }

    public function boot(Router $router): void
    {
        $router->aliasMiddleware('trunkline.webhook', Middleware\VerifyWebhook::class);
        $router->aliasMiddleware('trunkline.limit', Middleware\LimitRequests::class);
        if (!$this->app->runningInConsole()) return;
        $this->publishes([self::CONFIG => $this->app->configPath('trunkline.php')], 'trunkline-config');
        $this->commands([Commands\Pull::class, Commands\Plan::class, Commands\Apply::class, Commands\Rollback::class,
            Commands\Drift::class, Commands\MaskTest::class]);
    }
}
