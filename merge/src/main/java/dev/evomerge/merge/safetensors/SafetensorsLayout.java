package dev.evomerge.merge.safetensors;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A safetensors file to be written.
 *
 * @param header    its first bytes, up to the data
 * @param offsets   per tensor its first byte in the file, in the order of the file
 * @param fileBytes the size of the whole file
 */
public record SafetensorsLayout(byte[] header, Map<String, Long> offsets, long fileBytes) {

    /** The layout of tensors in their order, without gaps; data starts at a multiple of 8. */
    public static SafetensorsLayout of(Map<String, TensorInfo> tensors) {
        byte[] header = SafetensorsHeader.write(tensors);
        var offsets = new LinkedHashMap<String, Long>();
        long at = header.length;
        for (var tensor : tensors.entrySet()) {
            offsets.put(tensor.getKey(), at);
            at += tensor.getValue().bytes();
        }
        return new SafetensorsLayout(header, offsets, at);
    }
}
