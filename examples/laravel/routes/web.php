<?php

use Illuminate\Http\Request;
use Illuminate\Support\Facades\Log;
use Illuminate\Support\Facades\Route;
use Trunkline\Laravel\Trunkline;

/** Only what Retell signed gets here. */
Route::post('/webhook', static function (Request $request) {
    $event = $request->json('event');
    Log::info('webhook taken', ['event' => $event, 'call' => $request->json('call')]);
    return response()->json(['taken' => $event]);
})->middleware('trunkline.webhook');

/** Three at once, then five a second, counted over all workers of the host. */
Route::get('/call', static fn () => response()->json(['voices' => count(Trunkline::client()->call('list-voices')->body)]))
    ->middleware('trunkline.limit:calls');
