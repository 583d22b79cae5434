/**
 * The tables, as one migration after the other; `user_version` counts those that a file has had. A released
 * migration is never edited. docs/decisions/002 says why the tables are cut this way.
 *
 * `n` is a message's number in this file: it rises with every acceptance, so everything about a message is
 * appended near everything about its neighbours in time, and it is a quarter of the id's size.
 * Times are epoch milliseconds.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE message (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    door TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    reference TEXT,
    groupings TEXT,
    operator TEXT,
    plan TEXT NOT NULL,
    wants INTEGER NOT NULL,
    report_to TEXT
  ) STRICT;

  CREATE TABLE body (
    n INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    encoding TEXT NOT NULL,
    udh TEXT,
    parts_max INTEGER NOT NULL,
    rich TEXT,
    app_key TEXT
  ) STRICT;

  -- What changes of a message. Its two partial indexes are the lanes and the timers: they hold only
  -- messages that wait to be sent and messages that have not ended.
  CREATE TABLE state (
    n INTEGER PRIMARY KEY,
    step INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    told INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    progress TEXT NOT NULL,
    last_error INTEGER NOT NULL,
    due INTEGER,
    -- When the sweeper looks: never later than "due", often earlier, because a time that moves away
    -- is only noted and not sorted in anew.
    wake INTEGER,
    connection TEXT,
    lane INTEGER,
    ready_due INTEGER
  ) STRICT;
  CREATE INDEX state_ready ON state (connection, ready_due) WHERE ready_due IS NOT NULL;
  CREATE INDEX state_wake ON state (wake) WHERE wake IS NOT NULL;

  -- By day of submission: ids of an operator come back over the years, and forgetting a day is one range.
  CREATE TABLE part (
    day INTEGER NOT NULL,
    provider_id TEXT NOT NULL,
    connection TEXT NOT NULL,
    n INTEGER NOT NULL,
    step INTEGER NOT NULL,
    part INTEGER NOT NULL,
    PRIMARY KEY (day, provider_id, connection)
  ) STRICT, WITHOUT ROWID;

  -- "state" is a receipt's state or a submit outcome's kind; the two have no word in common.
  CREATE TABLE event (
    n INTEGER NOT NULL,
    step INTEGER NOT NULL,
    part INTEGER NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    at INTEGER NOT NULL,
    error INTEGER NOT NULL,
    PRIMARY KEY (n, step, part, state, detail)
  ) STRICT, WITHOUT ROWID;

  -- Status reports, told or not. The partial index is the outbox.
  CREATE TABLE report (
    n INTEGER NOT NULL,
    status INTEGER NOT NULL,
    step INTEGER NOT NULL,
    error INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    operator TEXT,
    queue TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due INTEGER,
    told_at INTEGER,
    http_status INTEGER,
    PRIMARY KEY (n, status)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX report_outbox ON report (queue, due, sequence) WHERE due IS NOT NULL;

  CREATE TABLE parked_receipt (
    key INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    state TEXT NOT NULL,
    fact TEXT NOT NULL,
    parked_at INTEGER NOT NULL,
    look_at INTEGER NOT NULL,
    UNIQUE (connection, provider_id, state)
  ) STRICT;
  CREATE INDEX parked_receipt_look ON parked_receipt (look_at);

  -- Every key under which a parked receipt may be found.
  CREATE TABLE parked_key (
    provider_id TEXT NOT NULL,
    connection TEXT NOT NULL,
    key INTEGER NOT NULL,
    PRIMARY KEY (provider_id, connection, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE lease (
    resource TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE wallet (
    account TEXT PRIMARY KEY,
    messages_left INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- For people who look for a reference, a number or an account. Written in sorted runs of message numbers,
  -- so that it is appended and never touched at random places; the newest messages have no run yet.
  CREATE TABLE search (
    run INTEGER NOT NULL,
    key TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (run, key, n)
  ) STRICT, WITHOUT ROWID;

  -- One row. Numbers are never given out twice, also when retention has removed the newest message.
  CREATE TABLE counter (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    messages INTEGER NOT NULL,
    last_number INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL
  ) STRICT;
  INSERT INTO counter VALUES (1, 0, 0, 0);
  `,
  `
  -- Answers to requests with an Idempotency-Key. Numbers rise with time, and so do the times of expiry.
  CREATE TABLE answer (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (account, key)
  ) STRICT;
  `,
  `
  -- Incoming messages. Ids rise with time, so they are appended and read from the newest.
  CREATE TABLE inbound (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    handset TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    head TEXT NOT NULL,
    -- What was said; null when retention has removed it.
    content TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX inbound_account ON inbound (account, id);
  CREATE INDEX inbound_received ON inbound (received_at);
  CREATE INDEX inbound_content ON inbound (received_at) WHERE content IS NOT NULL;

  -- Those that wait for a webhook or a session; a number is never given out twice.
  CREATE TABLE inbound_queue (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    id TEXT NOT NULL,
    handset TEXT NOT NULL
  ) STRICT;
  CREATE INDEX inbound_queue_due ON inbound_queue (queue, due, sequence);
  CREATE INDEX inbound_queue_handset ON inbound_queue (queue, handset, sequence);
  CREATE INDEX inbound_queue_id ON inbound_queue (id);

  CREATE TABLE inbound_group (
    name TEXT PRIMARY KEY,
    connection TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    total INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX inbound_group_connection ON inbound_group (connection, opened_at);
  CREATE INDEX inbound_group_opened ON inbound_group (opened_at);

  CREATE TABLE inbound_part (
    name TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    arrival TEXT NOT NULL,
    PRIMARY KEY (name, sequence)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE inbound_repeat (
    key TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX inbound_repeat_until ON inbound_repeat (until);

  CREATE TABLE opt_out (
    account TEXT NOT NULL,
    channel TEXT NOT NULL,
    number TEXT NOT NULL,
    at INTEGER NOT NULL,
    cause TEXT NOT NULL,
    PRIMARY KEY (account, channel, number)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Conversions, whose sequence rises with time. What is absent is an empty text where it is looked for.
  -- "counted_at" is when the message was accepted, or the conversion received if it fits none.
  CREATE TABLE conversion (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    reference TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    converted_at INTEGER NOT NULL,
    notified_at INTEGER,
    received_at INTEGER NOT NULL,
    counted_at INTEGER NOT NULL,
    message_id TEXT,
    connection TEXT NOT NULL,
    operator TEXT NOT NULL,
    grouping1 TEXT,
    grouping2 TEXT,
    grouping3 TEXT
  ) STRICT;
  CREATE UNIQUE INDEX conversion_reported ON conversion (account, reference, msisdn, converted_at);
  CREATE UNIQUE INDEX conversion_message ON conversion (message_id) WHERE message_id IS NOT NULL;
  CREATE INDEX conversion_account ON conversion (account, sequence);
  CREATE INDEX conversion_msisdn ON conversion (account, msisdn, sequence);
  CREATE INDEX conversion_counted ON conversion (account, counted_at);

  -- What became of the messages that were accepted in an hour.
  CREATE TABLE tally (
    hour INTEGER NOT NULL,
    account TEXT NOT NULL,
    connection TEXT NOT NULL,
    operator TEXT NOT NULL,
    sent INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    converted INTEGER NOT NULL,
    PRIMARY KEY (hour, account, connection, operator)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- In cents, as the sender said.
  ALTER TABLE message ADD COLUMN tariff INTEGER;
  `,
  `
  -- The same by custom groupings, three texts or nulls in JSON. Empty: those beyond what is counted apart.
  CREATE TABLE grouping_tally (
    hour INTEGER NOT NULL,
    account TEXT NOT NULL,
    groupings TEXT NOT NULL,
    sent INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    converted INTEGER NOT NULL,
    PRIMARY KEY (hour, account, groupings)
  ) STRICT, WITHOUT ROWID;
  -- Conversions from before it was counted.
  INSERT INTO grouping_tally
    SELECT counted_at / 3600000, account, json_array(grouping1, grouping2, grouping3), 0, 0, count(*)
    FROM conversion WHERE message_id IS NOT NULL GROUP BY 1, 2, 3;
  `,
];
