// SPDX-License-Identifier: Apache-2.0
/**
 * The Kafka edge that services share. {@link org.survol.messaging.WorkQueue} takes work, {@link
 * org.survol.messaging.EventSink} tells what was done, {@link org.survol.messaging.CloudEvents} is how it is written.
 */
package org.survol.messaging;
