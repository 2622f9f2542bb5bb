// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.survol.core.BadInputException;
import org.survol.core.event.AcquisitionId;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.ingest.GuessedItem.Guess;

/**
 * Reads what lies below {@code inbox/}: a folder with a STAC Item is what the Item says; a folder without one is described
 * by inspection. Nothing outside the inbox can be named.
 */
@ApplicationScoped
class Inbox {

    static final String ITEM_FILE = "item.json";

    /** JSON files beside images that are opened to see whether one is an Item. */
    private static final int MAX_JSON_FILES = 50;

    /**
     * A delivery, as the intake takes it.
     *
     * @param folder what the Item's relative hrefs count from
     * @param guessed empty when somebody wrote the Item
     */
    record Delivery(String id, byte[] item, String folder, List<Guess> guessed) {
        Delivery {
            guessed = List.copyOf(guessed);
        }
    }

    /** There is nothing where the sender points to. */
    static final class NothingThereException extends RuntimeException {
        private static final long serialVersionUID = 1;

        NothingThereException(String where) {
            super(where);
        }
    }

    private final ObjectStore store;
    private final DeliveryInspector inspector;
    private final IngestConfig config;

    Inbox(ObjectStore store, DeliveryInspector inspector, IngestConfig config) {
        this.store = store;
        this.inspector = inspector;
        this.config = config;
    }

    /** Whether a key lies below the inbox, in a folder or not. */
    static boolean holds(String key) {
        return key.startsWith(StoreLayout.INBOX);
    }

    /**
     * @return the key
     * @throws BadInputException when it is no plain path below the inbox
     */
    static String demandKey(String key) {
        if (!holds(key) || !DeliveredItem.isPlainPath(key) || key.length() > DeliveredItem.MAX_KEY_LENGTH) {
            throw new BadInputException(
                    key.length() > DeliveredItem.MAX_KEY_LENGTH
                            ? key.substring(0, DeliveredItem.MAX_KEY_LENGTH) + "…"
                            : key,
                    "is not the plain path of an object below " + StoreLayout.INBOX,
                    "Deliver objects whose keys start with " + StoreLayout.INBOX + ", without .. or empty parts");
        }
        return key;
    }

    /**
     * @return the folder, with one slash at its end
     * @throws BadInputException when it is not a folder below the inbox
     */
    static String demandFolder(String prefix) {
        var path = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
        if (path.length() <= StoreLayout.INBOX.length()) {
            throw new BadInputException(
                    prefix,
                    "is not a folder below " + StoreLayout.INBOX,
                    "Deliver a folder of the inbox, for example inbox/tarn-2026/");
        }
        return demandKey(path) + "/";
    }

    /** The folder that an object lies in, with a slash at its end. */
    static String folderOf(String key) {
        return key.substring(0, key.lastIndexOf('/') + 1);
    }

    /**
     * What a folder holds, by its Item or by inspection.
     *
     * @throws NothingThereException when no object lies below it
     */
    Delivery folder(DeliveryInspector.Request wanted) throws IOException {
        if (wanted.files().isEmpty()) {
            throw new NothingThereException(wanted.folder());
        }
        var items = items(wanted.folder(), wanted.files());
        if (items.size() > 1) {
            throw new BadInputException(
                    wanted.folder(),
                    "holds " + items.size() + " STAC Items, among them " + items.get(0) + " and " + items.get(1),
                    "Deliver each of them by its own key");
        }
        if (!items.isEmpty()) {
            var delivery = item(items.getFirst());
            if (wanted.id().isPresent() && !wanted.id().get().equals(delivery.id())) {
                throw new BadInputException(
                        items.getFirst(),
                        "the Item's id is " + delivery.id() + ", not "
                                + wanted.id().get(),
                        "Leave the id out, or change it in the Item");
            }
            return delivery;
        }
        wanted.id().filter(id -> !AcquisitionId.isValid(id)).ifPresent(id -> {
            throw new BadInputException(
                    "id",
                    "is not usable as a name",
                    "Give an id of 1 to 128 letters, digits, dots, dashes and underscores that starts with a letter or digit");
        });
        var made = inspector.inspect(wanted);
        return new Delivery(made.id(), made.json(), wanted.folder(), made.guessed());
    }

    /**
     * An Item as it lies in the inbox.
     *
     * @throws NothingThereException when it does not
     */
    Delivery item(String key) throws IOException {
        var stat = store.stat(key).orElseThrow(() -> new NothingThereException(key));
        if (stat.bytes() > config.maxItemBytes()) {
            throw new BadInputException(
                    key,
                    "the Item has " + stat.bytes() + " bytes, more than " + config.maxItemBytes(),
                    "Leave out what describes neither the flight nor its files");
        }
        var json = store.read(key);
        var folder = folderOf(key);
        try {
            return new Delivery(
                    DeliveredItem.parse(json, config, Optional.of(folder)).id(), json, folder, List.of());
        } catch (BadInputException e) {
            throw new BadInputException(key, e.reason(), e.mend(), e);
        }
    }

    List<ObjectStore.Stat> files(String folder) throws IOException {
        return store.list(folder);
    }

    /** {@code item.json} of the folder itself goes before all others. */
    private List<String> items(String folder, List<ObjectStore.Stat> files) throws IOException {
        var json = files.stream()
                .filter(file -> mayBeItem(file.key()))
                .map(ObjectStore.Stat::key)
                .toList();
        if (json.contains(folder + ITEM_FILE)) {
            return List.of(folder + ITEM_FILE);
        }
        if (json.size() > MAX_JSON_FILES) {
            return json.stream().filter(key -> key.endsWith("/" + ITEM_FILE)).toList();
        }
        var items = new ArrayList<String>();
        for (var key : json) {
            if (isItem(key)) {
                items.add(key);
            }
        }
        return items;
    }

    static boolean mayBeItem(String key) {
        return key.toLowerCase(Locale.ROOT).endsWith(".json");
    }

    /** What calls itself an Item by its name is one, however broken; of other JSON the content decides. */
    boolean isItem(String key) throws IOException {
        if (key.endsWith("/" + ITEM_FILE)) {
            return true;
        }
        var stat = store.stat(key);
        return stat.isPresent()
                && stat.get().bytes() <= config.maxItemBytes()
                && DeliveredItem.isMeantByIt(store.read(key));
    }
}
