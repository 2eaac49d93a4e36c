import sys

if __name__ == "__main__":
    if "--extremes" in sys.argv:
        from .extremes import main

        main([word for word in sys.argv[1:] if word != "--extremes"])
    elif any(word.split("=")[0] == "--networks" for word in sys.argv):
        from .networks import main

        main()
    else:
        from .run import main

        main()
