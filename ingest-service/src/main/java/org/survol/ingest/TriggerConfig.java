// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.time.Duration;
import java.util.Optional;

/**
 * What an operator may set about the ways that deliveries are noticed.
 *
 * @param topic {@code survol.ingest.object-events-topic}: where notifications of the S3 server are read
 * @param webhookToken {@code survol.ingest.webhook-token}: without one, only callers on this machine are heard
 * @param poll {@code survol.ingest.poll}: time between two looks into the inbox; absent: never
 * @param settle {@code survol.ingest.settle}: a folder without Item and marker in which nothing has changed for so long
 *     is taken as complete; absent: never
 */
record TriggerConfig(String topic, Optional<String> webhookToken, Optional<Duration> poll, Optional<Duration> settle) {}
