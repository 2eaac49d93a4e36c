import sys

if __name__ == "__main__":
    if "--extremes" in sys.argv:
        from .extremes import main

        main([word for word in sys.argv[1:] if word != "--extremes"])
    else:
        from .run import main

        main()
