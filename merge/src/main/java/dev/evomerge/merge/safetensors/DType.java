package dev.evomerge.merge.safetensors;

import java.util.Arrays;
import java.util.Optional;

/** The element types of safetensors; the constants have the format's names. */
public enum DType {
    F64(8, "float64"),
    F32(4, "float32"),
    F16(2, "float16"),
    BF16(2, "bfloat16"),
    F8_E4M3(1, "float8_e4m3fn"),
    F8_E5M2(1, "float8_e5m2"),
    I64(8, "int64"),
    I32(4, "int32"),
    I16(2, "int16"),
    I8(1, "int8"),
    U64(8, "uint64"),
    U32(4, "uint32"),
    U16(2, "uint16"),
    U8(1, "uint8"),
    BOOL(1, "bool");

    private final int bytes;
    private final String torchName;

    DType(int bytes, String torchName) {
        this.bytes = bytes;
        this.torchName = torchName;
    }

    /** Bytes per element. */
    public int bytes() {
        return bytes;
    }

    /** The name in config.json and in recipes: "bfloat16". */
    public String torchName() {
        return torchName;
    }

    /** Whether tensors of this type can be merged: F32, F16 and BF16. */
    public boolean isMergeable() {
        return this == F32 || this == F16 || this == BF16;
    }

    /** Whether this is a floating-point type of any kind. */
    public boolean isFloat() {
        return ordinal() <= F8_E5M2.ordinal();
    }

    /** The type of a safetensors name. */
    static Optional<DType> ofName(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }

    /** The type of a recipe's or config's name ("bfloat16"). */
    public static Optional<DType> ofTorchName(String name) {
        return Arrays.stream(values())
                .filter(type -> type.torchName.equals(name))
                .findFirst();
    }
}
