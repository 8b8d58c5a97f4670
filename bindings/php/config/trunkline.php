<?php
// Published by `php artisan vendor:publish --tag=trunkline-config`.
//
// No secret stands here, because `config:cache` would write it to a file: keys are named by the environment variable or
// the file that holds them.

return [
    /** Whose state: in the key of every breaker, limiter, lease and value. */
    'tenant' => env('TRUNKLINE_TENANT', 'default'),

    /** The shared memory of this host; all workers of one application use one name. */
    'space' => ['name' => env('TRUNKLINE_SPACE', 'trunkline'), 'options' => array_filter(['directory' => env('TRUNKLINE_SPACE_DIRECTORY')])],

    /** Options of Trunkline\Client. The key of the API: RETELL_API_KEY in the environment, or a file. */
    'client' => array_filter([
        'store' => env('TRUNKLINE_STORE', 'sqlite://' . storage_path('trunkline.db')),
        'key_file' => env('TRUNKLINE_KEY_FILE'),
        'base_url' => env('RETELL_BASE_URL'),
        'api_key_file' => env('RETELL_API_KEY_FILE'),
        'actor' => env('TRUNKLINE_ACTOR', 'laravel'),
        'shared' => env('TRUNKLINE_SPACE', 'trunkline'),
    ]),

    /** The folder of the account's files, for the artisan commands. */
    'folder' => env('TRUNKLINE_FOLDER', base_path('retell')),

    /** Options by group; "default" is for groups that are not named. See Trunkline\Breaker and Trunkline\Limiter. */
    'breakers' => ['default' => []],
    'limiters' => ['default' => []],

    /** Of the middleware trunkline.limit when the library cannot be used: "open" lets requests pass, "closed" answers 503. */
    'limit_failure' => 'open',

    /** Every key whose signature is valid now, for the middleware trunkline.webhook. */
    'webhook' => ['key_variables' => ['RETELL_API_KEY'], 'key_files' => array_filter([env('RETELL_API_KEY_FILE')]), 'tolerance_ms' => -1],

    /** A policy of the masker (docs/masker.md); empty: the rules of the library alone. */
    'mask' => [],
];
