"""An Android phone over adb."""
