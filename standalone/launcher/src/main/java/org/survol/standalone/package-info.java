// SPDX-License-Identifier: Apache-2.0
/**
 * The command line behind {@code ./survol}. {@link org.survol.standalone.Installation} runs broker, object store and the
 * four services as processes on one machine; {@link org.survol.standalone.Submission} hands a flight in and follows it.
 */
package org.survol.standalone;
