<?php

$app = require __DIR__ . '/../bootstrap/app.php';
Illuminate\Support\Facades\Facade::setFacadeApplication($app);
$app->booted(static fn () => require __DIR__ . '/../routes/web.php');
$kernel = $app->make(Illuminate\Contracts\Http\Kernel::class);
$response = $kernel->handle($request = Illuminate\Http\Request::capture());
$response->send();
$kernel->terminate($request, $response);
