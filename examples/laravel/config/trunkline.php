<?php

// What differs from the package's own config/trunkline.php.
return [
    'limiters' => [
        'default' => [],
        'calls' => ['rate' => 5.0, 'burst' => 3, 'no_reserves' => true],
    ],
];
